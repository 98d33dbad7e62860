"""The plans of one query under every set of candidates: a tree for each binding, and what corrects them.

A tree supposes that only the indexes in a plan decide it. That fails where an index changes an *estimate*
without being used: PostgreSQL reads the end of a column's range from a B-tree, and an expression index
brings statistics. Where a real EXPLAIN shows a tree to be wrong, the index whose going changes the plan is
found by bisection, and from then on counts as if that plan used it; the trees are grown again, from answers
that are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from optimizer.model.query import Binding, Query
from optimizer.search.masks import single_bits
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.tree import PlanTree, SeenPlan

EXPLAINS_PER_TREE = 1_500
INFLUENCES_AT_ONCE = 4


@dataclass
class QueryPlans:
    """`relevant` are the candidates that can change a plan; `influence` has, by a plan's fingerprint, those
    that it needs for its estimate."""

    board: Switchboard
    query: Query
    bindings: Sequence[Binding]
    relevant: int
    influence: dict[str, int] = field(default_factory=dict)
    trees: tuple[PlanTree, ...] = ()
    _answers: dict[int, tuple[SeenPlan, ...]] = field(default_factory=dict)

    def grow(self) -> None:
        """Grow the trees; what was asked before isn't asked again."""
        self.trees = tuple(
            PlanTree.grow(partial(self._explain, number), self.relevant, EXPLAINS_PER_TREE)
            for number in range(len(self.bindings))
        )

    def real(self, mask: int) -> tuple[SeenPlan, ...]:
        """What the planner says under `mask`, for every binding.

        Switching costs more than an EXPLAIN, and bindings mostly need the same sets: all are asked at once.
        """
        mask &= self.relevant
        if mask not in self._answers:
            self._answers[mask] = tuple(
                self.board.plan(self.query, binding, mask) for binding in self.bindings
            )
        return self._answers[mask]

    def wrong(self, mask: int) -> tuple[int, ...]:
        """The bindings whose tree tells another plan under `mask` than the planner."""
        return tuple(
            number
            for number, (tree, real) in enumerate(zip(self.trees, self.real(mask), strict=True))
            if (told := tree.lookup(mask)) is None or told.fingerprint != real.fingerprint
        )

    def learn(self, mask: int) -> int:
        """Make the trees right under `mask`; how many were wrong."""
        wrong = self.wrong(mask)
        for _ in range(INFLUENCES_AT_ONCE):
            if not sum(self._note_influence(number, mask) for number in self.wrong(mask)):
                break
            self.grow()
        for number in self.wrong(mask):
            self.trees[number].correct(mask, self.real(mask)[number])
        return len(wrong)

    def _explain(self, number: int, mask: int) -> SeenPlan:
        plan = self.real(mask)[number]
        return replace(plan, used=plan.used | (mask & self.influence.get(plan.fingerprint, 0)))

    def _note_influence(self, number: int, mask: int) -> bool:
        """Learn what made a tree wrong under `mask`; False where nothing new was found."""
        told = self.trees[number].lookup(mask)
        if told is None:
            return False
        before = self.influence.get(told.fingerprint, 0)
        self.influence[told.fingerprint] = before | self._influencing(number, mask)
        return self.influence[told.fingerprint] != before

    def _influencing(self, number: int, mask: int) -> int:
        """The candidate whose going turns the plan that the tree tells into another, as a set of one.

        Between the set that the tree's answer was asked under and `mask`; empty where there is none.
        """
        tree, mask = self.trees[number], mask & self.relevant
        told = tree.lookup(mask)
        asked = [n.visible for n in tree.nodes if told == n.plan and not mask & ~n.visible]
        if told is None or not asked:
            return 0
        start = min(asked, key=int.bit_count)
        going = list(single_bits(start & ~mask))
        low, high = 0, len(going)
        while high - low > 1:
            middle = (low + high) // 2
            shown = start & ~sum(going[:middle])
            same = self.real(shown)[number].fingerprint == told.fingerprint
            low, high = (middle, high) if same else (low, middle)
        return going[high - 1] if going else 0
