"""The winner's plans under other ANALYZE samples."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from optimizer.measure.sampling import Effort, sample
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.model.result import Unstable
from optimizer.search.finals.staging import Finalist
from optimizer.watch import Watcher

SAMPLES = 3
TIMEOUT_MS = 10_000.0
NEARLY = 0.99
EFFORT = Effort(least=1, most=3, seconds=0.2)


def unstable(
    finalist: Finalist,
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    usual_statistics: object,
    watch: Watcher,
    timeout_ms: float = TIMEOUT_MS,
) -> tuple[Unstable, ...]:
    """The queries whose plan changes under another random sample, with their medians under both.

    A query that doesn't end within `timeout_ms` under the usual statistics has no median and isn't named;
    one that doesn't end under the others counts that long. The planner's usual statistics are put back at
    the end.
    """
    usual = _plans(finalist, queries, bindings)
    changed: dict[str, int] = {}
    worst: dict[str, float] = {}
    for n in range(SAMPLES):
        watch.step(f"plans under another ANALYZE sample ({n + 1} of {SAMPLES})", n / SAMPLES)
        finalist.database.resample_statistics()
        plans = _plans(finalist, queries, bindings)
        for query in queries:
            if plans[query.name] != usual[query.name]:
                ms = _median(finalist, query, bindings[query.name], timeout_ms)
                changed[query.name] = changed.get(query.name, 0) + 1
                worst[query.name] = max(worst.get(query.name, 0.0), timeout_ms if ms is None else ms)
    finalist.database.restore_statistics(usual_statistics)
    return tuple(
        Unstable(query.name, ms, worst[query.name], SAMPLES, changed[query.name])
        for query in queries
        if query.name in changed
        and (ms := _median(finalist, query, bindings[query.name], timeout_ms)) is not None
    )


def _plans(
    finalist: Finalist, queries: Sequence[Query], bindings: Mapping[str, Sequence[Binding]]
) -> dict[str, list[str]]:
    return {
        query.name: [finalist.session.plan(query, binding).fingerprint for binding in bindings[query.name]]
        for query in queries
    }


def _median(finalist: Finalist, query: Query, bindings: Sequence[Binding], timeout_ms: float) -> float | None:
    """Of all bindings, those that were stopped as lower bounds; None where none ended."""
    timeouts = dict.fromkeys(range(len(bindings)), timeout_ms)
    found = sample(
        finalist.session,
        query,
        list(enumerate(bindings)),
        timeouts,
        EFFORT,
        seed=0,
        vain_ms=timeout_ms * 0.99,
    )
    ran = [e for executions in found.values() for e in executions if e.status is not Status.FAILED]
    if all(e.status is Status.TIMED_OUT for e in ran):
        return None
    return statistics.median(e.ms for e in ran)
