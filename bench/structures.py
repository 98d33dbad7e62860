"""Structures on PostgreSQL: what they gain over indexes alone, that none is chosen where none helps, and what
loading one takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figure import Figure, at_least
from bench.workbench import WORKLOADS, Workbench
from optimizer.model.result import INDEXES_ONLY, EngineResult
from optimizer.report.words import structure_reasons
from optimizer.run import RunRequest, run
from optimizer.watch import Clock, Watcher
from optimizer.workload.read import read

GAINING = ("shop", "feed")
PLAIN = Path(__file__).parent / "workloads" / "plain.yaml"
SEEDS = 10
SECONDS, PLAIN_SECONDS = 600.0, 60.0


def measure(bench: Workbench) -> Iterator[Figure]:
    """Two figures: the gain over the best design of indexes alone, and runs that end without structures."""
    bench.clear()
    for name in GAINING[-bench.setting.choose(len(GAINING), 1) :]:
        bench.setting.say(f"structures for {name}")
        yield _gain(name, _run(WORKLOADS / f"{name}.yaml", bench.setting.scale, 42, SECONDS))
    seeds = bench.setting.choose(SEEDS, 2)
    found = []
    for seed in range(seeds):
        bench.setting.say(f"no structure helps: seed {seed + 1} of {seeds}")
        found.append(_run(PLAIN, 1.0, seed, PLAIN_SECONDS))
    yield _none(found)


def _run(path: Path, scale: float, seed: int, seconds: float) -> EngineResult:
    """The result of a whole run on PostgreSQL."""
    workload = replace(read(path, scale=scale, seed=seed, seconds=seconds), engines=("postgres",))
    with TemporaryDirectory(prefix="bench-") as folder:
        finished = run(workload, RunRequest(Path(folder), "embedded"), Watcher(), Clock(seconds))
    return finished.result.engines["postgres"]


def _gain(name: str, result: EngineResult) -> Figure:
    """Both scores are of the same rounds; without structures in the winner there is no gain."""
    winner, others = result.winner, result.designs.get(INDEXES_ONLY)
    ratio = others.score / winner.score if others is not None else 1.0
    notes = [f"score {winner.score:.4g}"]
    if others is not None:
        notes = [f"score {winner.score:.4g} against {others.score:.4g} with indexes alone"]
    for one in winner.structures:
        notes += [one.structure.definition, *(f"  {line}" for line in structure_reasons(one))]
    return Figure(
        f"structures for {name}",
        ratio,
        "times the score of the best design of indexes alone, by that of the winner",
        at_least(1.0001),
        tuple(notes),
    )


def _none(results: Sequence[EngineResult]) -> Figure:
    without = [result for result in results if not result.winner.structures]
    kept = {one.structure.definition for result in results for one in result.winner.structures}
    return Figure(
        "no structure where none helps",
        len(without),
        f"of {len(results)} seeds",
        at_least(len(results)),
        tuple(sorted(kept)),
    )
