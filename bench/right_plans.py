"""Plans that the trees tell, beside what EXPLAIN says."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.random_sets import random_set
from optimizer.model.query import Query
from optimizer.search.index_search import IndexSearch


@dataclass(frozen=True, slots=True)
class RightPlans:
    """How many plans were right on each of some designs, of one plan for each of the `queries`."""

    queries: int
    by_design: tuple[int, ...]

    @property
    def right(self) -> int:
        """Right plans of all designs."""
        return sum(self.by_design)

    @property
    def all(self) -> int:
        """All plans of all designs."""
        return self.queries * len(self.by_design)

    @property
    def whole(self) -> float:
        """The part of the designs whose plans were all right."""
        return sum(right == self.queries for right in self.by_design) / len(self.by_design)

    def __str__(self) -> str:
        plans, designs = 100 * self.right / self.all, 100 * self.whole
        return f"{plans:.1f} % of the plans, all plans on {designs:.0f} % of {len(self.by_design)} designs"


def right_plans(search: IndexSearch, subsets: int) -> RightPlans:
    """The plans of random designs: of every query, with one of its bindings."""
    draw = Random(2)
    found = []
    for _ in range(subsets):
        mask = random_set(draw, len(search.board.candidates))
        right = 0
        for query in search.space.queries:
            number = draw.randrange(len(search.space.bindings[query.name]))
            right += is_right(search, query, number, mask)
        found.append(right)
    return RightPlans(len(search.space.queries), tuple(found))


def is_right(search: IndexSearch, query: Query, binding: int, mask: int) -> bool:
    """Whether the tree tells the plan that the planner takes, asked anew."""
    told = search.plans[query.name].trees[binding].lookup(mask)
    real = search.board.plan(query, search.space.bindings[query.name][binding], mask)
    return told is not None and told.fingerprint == real.fingerprint
