"""Index designs of a document structure accounted for per minute, beside a loop that builds and drops each.

A design, which is any subset of the candidates of shop's reference layout, is accounted for when every plan
that it gets by the plan trees was measured. Our time is that of the whole index search on loaded rows, the
candidates' building and the writes without them included. MongoDB races plans, so a tree's word holds less
strictly than PostgreSQL's: how often it holds on random designs stands beside the figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

from bench.build_and_drop import Round, build_and_drop
from bench.figure import Figure, at_least, number
from bench.right_plans import RightPlans, right_plans
from bench.searching import searching, timed_choice, told
from bench.workbench import MONGO, Loaded, Workbench
from optimizer.search.choice.accounting import designs_accounted
from optimizer.search.choice.choose import Choice

GOAL = at_least(200.0)


@dataclass(frozen=True, slots=True)
class _Search:
    """What a search came to; `right` is of random designs."""

    parts: Mapping[str, float]
    choice: Choice
    accounted: int
    notes: tuple[str, ...]
    right: RightPlans

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


def measure(bench: Workbench) -> Iterator[Figure]:
    """The loop's seconds for as many designs, by ours."""
    loaded = bench.loaded("shop", bench.setting.scale, MONGO)
    found = _search(bench, loaded)
    one = build_and_drop(bench, loaded, max(1, found.choice.mask.bit_count()))
    times = found.accounted * one.total / found.seconds
    yield Figure(
        "document designs accounted for per minute",
        times,
        "times those of building and dropping each",
        GOAL,
        (
            *_rates(found, one),
            ", ".join(f"{name} {part:.1f} s" for name, part in found.parts.items()),
            *found.notes,
            f"random designs get what the trees tell: {found.right}; "
            f"counting so many of those accounted for: {number(times * found.right.whole)} times",
        ),
    )


def _search(bench: Workbench, loaded: Loaded) -> _Search:
    started = perf_counter()
    with searching(loaded, list(loaded.built), bench.setting, seed=1) as search:
        opened = perf_counter() - started
        parts, choice = timed_choice(search)
        notes = (
            f"{len(loaded.built)} candidates, {told(search, choice)}",
            f"{search.verified[1]:,} of {search.verified[0]:,} plans of the contenders were corrected",
        )
        accounted = designs_accounted(search.problem(), choice.mask)
        subsets = bench.setting.choose(500, 50)
        bench.setting.say(f"{subsets} random designs")
        right = right_plans(search, subsets)
    without = loaded.without.seconds if loaded.without else 0.0
    before = {"building": loaded.build_seconds, "writes without and with all indexes": without + opened}
    return _Search({**before, **parts}, choice, accounted, notes, right)


def _rates(found: _Search, one: Round) -> tuple[str, str]:
    ours, valued = (60 * count / found.seconds for count in (found.accounted, found.choice.examined))
    return (
        f"{number(ours)} designs a minute, {number(60 / one.total)} built and dropped ({one})",
        f"counting only designs whose score was computed, {found.choice.examined:,}: "
        f"{number(valued * one.total / 60)} times",
    )
