"""The concurrent phase of the finals: every finalist under the workload's mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.measure.clients import ClientRun, Phase, run_clients
from optimizer.model.query import Binding, Query
from optimizer.model.result import ConcurrentResult
from optimizer.model.workload import Load
from optimizer.search.staging import Finalist
from optimizer.statistics.percentiles import latency
from optimizer.watch import Watcher

SECONDS = 4.0


def run_crowd(
    finalists: Sequence[Finalist],
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    once: frozenset[str],
    load: Load,
    watch: Watcher,
    seed: int,
) -> dict[str, tuple[ConcurrentResult, ...]]:
    """The results of each finalist: the closed loop, then the open one where the workload has a rate.

    `bindings` of the queries in `once` are cut in two, a half for each loop, so that none is used twice.
    """
    phases = [Phase(load.clients, SECONDS)]
    if load.rate_per_s:
        phases.append(Phase(load.clients, SECONDS, load.rate_per_s))
    results: dict[str, tuple[ConcurrentResult, ...]] = {}
    for n, finalist in enumerate(finalists):
        runs = []
        for place, phase in enumerate(phases):
            watch.step(f"{finalist.label}: {phase.clients} clients", (n + place / 2) / len(finalists))
            supply = {
                query.name: bindings[query.name][place :: len(phases)]
                if query.name in once
                else bindings[query.name]
                for query in queries
            }
            opener = finalist.database.opener()
            runs.append(_result(phase, run_clients(opener, queries, supply, once, phase, seed), queries))
        results[finalist.label] = tuple(runs)
    return results


def _result(phase: Phase, run: ClientRun, queries: Sequence[Query]) -> ConcurrentResult:
    found = {
        query.name: latency(run.executions[query.name], query.target.percentile)
        for query in queries
        if run.executions[query.name]
    }
    return ConcurrentResult(phase.clients, phase.rate_per_s, run.per_second, found, run.exhausted)
