"""The search on shop with all candidates built, beside a loop that builds and drops every design.

A design of the loop is a random one with as many indexes as the chosen one has; it costs the creation of its
indexes, one execution of each query and the dropping. What it would need besides (statistics, a vacuum for
index-only scans) isn't counted.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

from bench.figure import Figure, at_most, number
from bench.random_sets import random_set_of
from bench.searching import searching
from bench.workbench import Loaded, Prepared, Workbench
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.model.index import Index
from optimizer.search.choice.choose import Choice
from optimizer.search.index_search import IndexSearch

GOAL = at_most(90.0)
LEAST_DESIGNS = 1_000
TIMEOUT_MS = 10_000.0


def measure(bench: Workbench) -> Iterator[Figure]:
    """Seconds of map, measurements and exact choice; the loop's seconds for as many designs."""
    loaded = bench.loaded("shop", bench.setting.scale)
    with searching(loaded, list(loaded.built), bench.setting, seed=1) as search:
        seconds, choice = _search(search)
        explains, plans, measured = search.board.explains, search.distinct_plans, search.memo.measured
    per_design_s = _loop(bench, loaded, max(1, choice.mask.bit_count()))
    total = sum(seconds.values())
    designs = max(LEAST_DESIGNS, choice.examined)
    yield Figure(
        "map, measurements and choice",
        total,
        f"s for {len(loaded.built)} candidates",
        GOAL,
        (
            ", ".join(f"{name} {part:.1f} s" for name, part in seconds.items()),
            f"{explains:,} EXPLAINs, {plans:,} plans, {measured:,} measured; "
            f"{'proved best' if choice.exact else 'not proved best'}, {choice.examined:,} designs valued, "
            f"{choice.mask.bit_count()} indexes chosen",
            f"build and drop: {per_design_s:.1f} s a design, {number(designs * per_design_s)} s for "
            f"{designs:,} designs: {number(designs * per_design_s / total)} times as long",
        ),
    )


def _search(search: IndexSearch) -> tuple[dict[str, float], Choice]:
    started = perf_counter()
    search.map_plans()
    mapped = perf_counter()
    search.weigh_writes()
    weighed = perf_counter()
    choice = search.choose()
    chosen = perf_counter()
    parts = {
        "map": mapped - started,
        "upkeep": weighed - mapped,
        "measurements and choice": chosen - weighed,
    }
    return parts, choice


def _loop(bench: Workbench, loaded: Loaded, size: int) -> float:
    """The median seconds of a design in a database of its own."""
    database, _ = bench.baseline(loaded.prepared)
    draw, candidates = random.Random(3), list(loaded.built)
    seconds = []
    for done in range(bench.setting.choose(5, 2)):
        bench.setting.say(f"building and dropping design {done + 1}")
        mask = random_set_of(draw, len(candidates), size)
        indexes = [index for n, index in enumerate(candidates) if mask >> n & 1]
        seconds.append(_design_s(database, loaded.prepared, indexes))
    database.drop()
    return statistics.median(seconds)


def _design_s(database: PostgresDatabase, prepared: Prepared, indexes: list[Index]) -> float:
    built = database.build(indexes, lambda what, fraction: None)
    with closing(database.session()) as session:
        for query in prepared.workload.queries:
            session.prepare(query)
        started = perf_counter()
        for query in prepared.workload.queries:
            session.time(query, prepared.bindings[query.name][0], timeout_ms=TIMEOUT_MS)
    database.remove(indexes)
    return sum(one.seconds for one in built) + perf_counter() - started
