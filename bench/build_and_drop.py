"""What a design costs a loop that builds each one, executes every query once and drops it again.

A design of the loop is a random one with as many indexes as the chosen one has. What it would need besides
(statistics, a vacuum or a checkpoint, warm caches) isn't counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from random import Random
from time import perf_counter

from bench.random_sets import random_set_of
from bench.workbench import Loaded, Prepared, Workbench
from optimizer.engines.base import Database
from optimizer.model.index import Index

TIMEOUT_MS = 10_000.0


@dataclass(frozen=True, slots=True)
class Round:
    """The seconds of one design: creating its indexes, executing the queries, dropping the indexes."""

    building: float
    executing: float
    dropping: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.building + self.executing + self.dropping

    def __str__(self) -> str:
        return (
            f"{self.building:.1f} s to build, {self.executing:.1f} s to execute the queries, "
            f"{self.dropping:.1f} s to drop"
        )


def build_and_drop(bench: Workbench, loaded: Loaded, size: int) -> Round:
    """The median design of `size` of the loaded candidates, in a database of its own."""
    database = bench.baseline(loaded.prepared, loaded.engine)
    draw, candidates = Random(3), list(loaded.built)
    rounds = []
    for done in range(bench.setting.choose(5, 2)):
        bench.setting.say(f"building and dropping design {done + 1}")
        mask = random_set_of(draw, len(candidates), size)
        indexes = [index for n, index in enumerate(candidates) if mask >> n & 1]
        rounds.append(_round(database, loaded.prepared, indexes))
    database.drop()
    return middle(rounds)


def middle(rounds: Sequence[Round]) -> Round:
    """The one with the median total; of two in the middle the faster."""
    return sorted(rounds, key=lambda one: one.total)[(len(rounds) - 1) // 2]


def _round(database: Database, prepared: Prepared, indexes: Sequence[Index]) -> Round:
    built = database.build(indexes, lambda what, fraction: None)
    with closing(database.session()) as session:
        for query in prepared.workload.queries:
            session.prepare(query)
        started = perf_counter()
        for query in prepared.workload.queries:
            session.time(query, prepared.bindings[query.name][0], timeout_ms=TIMEOUT_MS)
        executed = perf_counter()
    dropping = perf_counter()
    database.remove(indexes)
    return Round(sum(one.seconds for one in built), executed - started, perf_counter() - dropping)
