"""The devops workload on the embedded TimescaleDB: the targets that the winner meets, and the last readings.

A target counts as met where the latency at its percentile is within it, as the score has it. What a tried
design meets is told by the final rounds of all designs, and by all plans that the search measured: where the
fastest plan of each parameter value would have met it, some design might have.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np

from bench.figure import Figure, at_least, at_most
from bench.saying import Saying
from bench.workbench import WORKLOADS, Workbench
from optimizer.model.result import BASELINE, WINNER, EngineResult, QueryResult
from optimizer.report import words
from optimizer.run import RunRequest, run
from optimizer.search.engine_search import MEASUREMENTS
from optimizer.watch import Clock
from optimizer.workload.read import read

SECONDS = 1_200.0
LASTPOINT = "lastpoint"
GOAL = at_least(10.0)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Two figures of one run: targets that the winner misses and another design meets, and lastpoint."""
    bench.clear()
    bench.setting.say("devops on TimescaleDB")
    workload = read(WORKLOADS / "devops.yaml", scale=bench.setting.scale, seconds=SECONDS)
    workload = replace(workload, engines=("timescale",))
    with TemporaryDirectory(prefix="bench-") as folder:
        request = RunRequest(Path(folder), "embedded")
        finished = run(workload, request, Saying(bench.setting), Clock(SECONDS))
        result = finished.result.engines["timescale"]
        found = fastest(finished.folder.path / MEASUREMENTS.format("timescale"))
    yield _targets(result, found, finished.result.phases)
    yield _lastpoint(result)


def _targets(
    result: EngineResult, found: Mapping[str, list[list[float]]], phases: Mapping[str, float]
) -> Figure:
    missed = [query for query in result.queries if not _meets(query, WINNER)]
    met = len(result.queries) - len(missed)
    reasons = [
        line
        for one in result.winner.structures
        for line in (one.structure.definition, *words.structure_reasons(one))
    ]
    return Figure(
        "targets of devops on TimescaleDB",
        len(lost(result, found)),
        "that some tried design meets and the winner misses",
        at_most(0),
        (
            f"the winner meets {met} of {len(result.queries)}, has {words.made_of(result.winner)}",
            *(f"missed: {query.query.name}, {_at(query, WINNER)}" for query in missed),
            *reasons,
            ", ".join(f"{name} {seconds:.0f} s" for name, seconds in phases.items()),
        ),
    )


def lost(result: EngineResult, found: Mapping[str, list[list[float]]]) -> list[QueryResult]:
    """The statements whose target the winner misses and another design meets; `found` is of `fastest`."""
    missed = [query for query in result.queries if not _meets(query, WINNER)]
    return [query for query in missed if _met_elsewhere(query, found)]


def _lastpoint(result: EngineResult) -> Figure:
    (query,) = (query for query in result.queries if query.query.name == LASTPOINT)
    before, after = query.latencies[BASELINE], query.latencies[WINNER]
    ratio = before.p50_ms / after.p50_ms if before and after else float("nan")
    return Figure(
        "lastpoint on TimescaleDB",
        ratio,
        "times as fast as on the baseline, medians of the same rounds",
        GOAL,
        (f"{_at(query, BASELINE)} on the baseline, {_at(query, WINNER)} on the winner",),
    )


def _at(query: QueryResult, label: str) -> str:
    return f"{words.at_target(query.latencies.get(label))} at {query.query.target}"


def _meets(query: QueryResult, label: str) -> bool:
    found = query.latencies.get(label)
    return found is not None and found.at_ms <= query.query.target.ms


def _met_elsewhere(query: QueryResult, found: Mapping[str, list[list[float]]]) -> bool:
    if any(_meets(query, label) for label in query.latencies):
        return True
    target = query.query.target
    return any(
        np.percentile(values, target.percentile) <= target.ms for values in found.get(query.query.name, [])
    )


def fastest(measurements: Path) -> dict[str, list[list[float]]]:
    """By query, for each set of structures: the latency of the fastest plan of each parameter value."""
    values: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for text in measurements.read_text().splitlines():
        line = json.loads(text)
        if "ms" in line:
            query, _, structures = line["query"].partition(" + ")
            values[query, structures][line["binding"]].append(fmean(line["ms"]))
    found: dict[str, list[list[float]]] = defaultdict(list)
    for (query, _), by_binding in values.items():
        found[query].append([min(means) for means in by_binding.values()])
    return found
