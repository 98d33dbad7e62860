"""The concurrent phase of the finals: every finalist under the workload's mix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.measure.clients import ClientRun, Clients, Phase
from optimizer.model.query import Binding, Query
from optimizer.model.result import ConcurrentResult
from optimizer.model.workload import Load
from optimizer.search.finals.staging import Finalist
from optimizer.statistics.percentiles import latency
from optimizer.watch import Watcher

SECONDS = 3.0


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
    phases = [Phase(SECONDS)]
    if load.rate_per_s:
        phases.append(Phase(SECONDS, load.rate_per_s))
    results: dict[str, tuple[ConcurrentResult, ...]] = {}
    with Clients(load.clients) as clients:
        for n, finalist in enumerate(finalists):
            runs = []
            for place, phase in enumerate(phases):
                watch.step(f"{finalist.label}: {clients.count} clients", (n + place / 2) / len(finalists))
                supply = {
                    query.name: bindings[query.name][place :: len(phases)]
                    if query.name in once
                    else bindings[query.name]
                    for query in queries
                }
                opener = finalist.database.opener()
                run = clients.run(opener, queries, supply, once, phase, seed)
                runs.append(_result(clients.count, phase, run, queries))
            results[finalist.label] = tuple(runs)
    return results


def _result(count: int, phase: Phase, run: ClientRun, queries: Sequence[Query]) -> ConcurrentResult:
    found = {
        query.name: latency(run.executions[query.name], query.target.percentile)
        for query in queries
        if run.executions[query.name]
    }
    return ConcurrentResult(count, phase.rate_per_s, run.per_second, found, run.exhausted)
