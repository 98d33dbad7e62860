"""Plans that the trees tell, beside what EXPLAIN says: on random designs, and on those that were chosen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.figure import Figure, at_least
from bench.right_plans import is_right, right_plans
from bench.searching import searching
from bench.workbench import Workbench
from optimizer.search.index_search import IndexSearch

WORKLOADS = ("shop", "saas", "events")
GOAL_RANDOM = at_least(97.0)
GOAL_CHOSEN = at_least(100.0)


@dataclass(frozen=True, slots=True)
class _Share:
    """How many of the plans of a workload were right."""

    workload: str
    right: int
    all: int

    @property
    def percent(self) -> float:
        return 100.0 * self.right / self.all

    def __str__(self) -> str:
        return f"{self.workload}: {self.percent:.2f} % of {self.all:,} plans"


def measure(bench: Workbench) -> Iterator[Figure]:
    """The share of right plans, of the workload where it is least: two figures."""
    subsets = bench.setting.choose(2_000, 200)
    by_chance, chosen, notes = [], [], []
    for name in WORKLOADS:
        loaded = bench.loaded(name, bench.setting.scale)
        with searching(loaded, list(loaded.built), bench.setting, seed=1) as search:
            search.map_plans()
            explains = search.board.explains
            notes.append(f"{name}: {len(loaded.built)} candidates, trees of {explains:,} EXPLAINs")
            bench.setting.say(f"{subsets} random designs of {name}")
            right = right_plans(search, subsets)
            by_chance.append(_Share(name, right.right, right.all))
            bench.setting.say(f"choosing the indexes of {name}")
            chosen.append(_Share(name, *_contenders(search)))
    yield Figure(
        "plans right on random designs",
        min(share.percent for share in by_chance),
        f"% on {subsets:,} random designs of the worst workload",
        GOAL_RANDOM,
        (*map(str, by_chance), *notes),
    )
    yield Figure(
        "plans right on chosen designs",
        min(share.percent for share in chosen),
        "% on the contenders of the worst workload, after verification",
        GOAL_CHOSEN,
        tuple(map(str, chosen)),
    )


def _contenders(search: IndexSearch) -> tuple[int, int]:
    """Right plans and all plans, with every binding, of the designs that a choice ends with."""
    search.weigh_writes()
    choice = search.choose()
    found = [
        is_right(search, query, number, mask)
        for mask in dict.fromkeys([choice.mask, *(mask for mask, _ in choice.contenders)])
        for query in search.space.queries
        for number in range(len(search.space.bindings[query.name]))
    ]
    return sum(found), len(found)
