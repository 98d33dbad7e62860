"""The search's winner beside the best of all designs, in spaces small enough to measure every design.

A space is some of a workload's candidates at a small scale, drawn by a seed and table by table, so that they
compete; and the queries that touch these tables, for the others would only hide differences. Every design is
shown and executed by itself; the best few then meet the winner in paired rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from bench.every_design import Arena
from bench.figure import Figure, at_least
from bench.searching import searching
from bench.workbench import Loaded, Workbench
from optimizer.model.index import Index
from optimizer.queries.writes import touched_tables
from optimizer.statistics.paired import Paired

WORKLOADS = ("shop", "saas", "events")
SCALE = 0.05
CANDIDATES = 8
BINDINGS = 4
RIVALS = 4
WITHIN = 1.02
SEEDS = 20


@dataclass(frozen=True, slots=True)
class _Space:
    """What came of one space: the winner's score by that of its strongest rival."""

    name: str
    ratio: Paired
    winner: int
    exact: bool

    @property
    def won(self) -> bool:
        return self.ratio.ratio <= WITHIN

    def __str__(self) -> str:
        interval = f"{self.ratio.low:.3f} to {self.ratio.high:.3f}"
        proved = "proved" if self.exact else "not proved"
        return f"{self.name}: {self.ratio.ratio:.3f} ({interval}), {self.winner} indexes, {proved}"


def measure(bench: Workbench) -> Iterator[Figure]:
    """In how many spaces the winner is within 2 % of the best."""
    seeds = bench.setting.choose(SEEDS, 3)
    spaces = []
    for seed in range(seeds):
        bench.setting.say(f"small space {seed + 1} of {seeds}")
        spaces.append(_space(bench, seed))
    worst = max(spaces, key=lambda space: space.ratio.ratio)
    yield Figure(
        "winner within 2 % of the best",
        sum(space.won for space in spaces),
        f"of {seeds} spaces of 2^{CANDIDATES} designs, each measured by itself",
        at_least(seeds),
        (f"worst: {worst}", *(str(space) for space in spaces if not space.won and space is not worst)),
    )


def _space(bench: Workbench, seed: int) -> _Space:
    name = WORKLOADS[seed % len(WORKLOADS)]
    whole = bench.loaded(name, SCALE)
    candidates = _drawn(list(whole.built), Random(seed))
    loaded = _reduced(whole, candidates)
    with searching(loaded, candidates, bench.setting, seed) as search:
        search.map_plans()
        search.weigh_writes()
        choice = search.choose()
        arena = Arena(search, Random(seed))
        first = arena.scores(range(1 << len(candidates)), 1)
        best = sorted((mask for mask in first if mask != choice.mask), key=first.__getitem__)
        again = arena.scores(best[: 6 * RIVALS], 3)
        rivals = sorted(again, key=again.__getitem__)[:RIVALS]
        ratio = arena.beside(choice.mask, rivals, WITHIN)
    whole.database.sweep()
    return _Space(f"{name}, seed {seed}", ratio, choice.mask.bit_count(), choice.exact)


def _drawn(candidates: list[Index], draw: Random) -> list[Index]:
    """Candidates of one table after another, tables and their candidates in a random order."""
    tables = sorted({index.table for index in candidates})
    place = {table: number for number, table in enumerate(draw.sample(tables, len(tables)))}
    shuffled = draw.sample(candidates, len(candidates))
    return sorted(shuffled, key=lambda index: place[index.table])[:CANDIDATES]


def _reduced(loaded: Loaded, candidates: list[Index]) -> Loaded:
    """Only the queries that the candidates can change, with a few bindings each."""
    prepared, tables = loaded.prepared, {index.table for index in candidates}
    queries = tuple(
        query
        for query in prepared.workload.queries
        if (known := touched_tables(query, prepared.schema)) is None or known & tables
    )
    bindings = {query.name: prepared.bindings[query.name][:BINDINGS] for query in queries}
    workload = replace(prepared.workload, queries=queries)
    return replace(loaded, prepared=replace(prepared, workload=workload, bindings=bindings))
