"""The winner's plans under other ANALYZE samples."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from optimizer.measure.sampling import Effort, sample
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.model.result import Unstable
from optimizer.search.staging import Finalist
from optimizer.watch import Watcher

SAMPLES = 3


def unstable(
    finalist: Finalist,
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    usual_statistics: object,
    watch: Watcher,
) -> tuple[Unstable, ...]:
    """The queries whose plan changes under another random sample, with their medians under both.

    The planner's usual statistics are put back at the end.
    """
    usual = _plans(finalist, queries, bindings)
    usual_ms = {query.name: _median(finalist, query, bindings[query.name]) for query in queries}
    changed: dict[str, int] = {}
    worst: dict[str, float] = {}
    for n in range(SAMPLES):
        watch.step(f"plans under another ANALYZE sample ({n + 1} of {SAMPLES})", n / SAMPLES)
        finalist.database.resample_statistics()
        for name, plans in _plans(finalist, queries, bindings).items():
            if plans == usual[name]:
                continue
            query = next(query for query in queries if query.name == name)
            changed[name] = changed.get(name, 0) + 1
            worst[name] = max(worst.get(name, 0.0), _median(finalist, query, bindings[name]))
    finalist.database.restore_statistics(usual_statistics)
    return tuple(Unstable(name, usual_ms[name], worst[name], SAMPLES, changed[name]) for name in changed)


def _plans(
    finalist: Finalist, queries: Sequence[Query], bindings: Mapping[str, Sequence[Binding]]
) -> dict[str, list[str]]:
    return {
        query.name: [finalist.session.plan(query, binding).fingerprint for binding in bindings[query.name]]
        for query in queries
    }


def _median(finalist: Finalist, query: Query, bindings: Sequence[Binding]) -> float:
    numbered = list(enumerate(bindings))
    timeouts = dict.fromkeys(range(len(bindings)), 10_000.0)
    found = sample(finalist.session, query, numbered, timeouts, Effort(1, 3, 0.2), seed=0)
    times = [e.ms for executions in found.values() for e in executions if e.status is not Status.FAILED]
    return statistics.median(times) if times else 0.0
