"""The search on shop with all candidates built, beside a loop that builds and drops every design."""

from __future__ import annotations

from collections.abc import Iterator

from bench.build_and_drop import build_and_drop
from bench.figure import Figure, at_most, number
from bench.searching import searching, timed_choice, told
from bench.workbench import Workbench

GOAL = at_most(90.0)
LEAST_DESIGNS = 1_000


def measure(bench: Workbench) -> Iterator[Figure]:
    """Seconds of map, measurements and exact choice; the loop's seconds for as many designs."""
    loaded = bench.loaded("shop", bench.setting.scale)
    with searching(loaded, list(loaded.built), bench.setting, seed=1) as search:
        seconds, choice = timed_choice(search)
        done = told(search, choice)
    per_design_s = build_and_drop(bench, loaded, max(1, choice.mask.bit_count())).total
    total = sum(seconds.values())
    designs = max(LEAST_DESIGNS, choice.examined)
    yield Figure(
        "map, measurements and choice",
        total,
        f"s for {len(loaded.built)} candidates",
        GOAL,
        (
            ", ".join(f"{name} {part:.1f} s" for name, part in seconds.items()),
            done,
            f"build and drop: {per_design_s:.1f} s a design, {number(designs * per_design_s)} s for "
            f"{designs:,} designs: {number(designs * per_design_s / total)} times as long",
        ),
    )
