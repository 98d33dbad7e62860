"""Plan trees: a few EXPLAINs that know a statement's plan under every set of visible candidates.

A planner takes the cheapest plan that the visible indexes allow. So if under the visible set V it takes a
plan that uses the indexes U, it takes that plan under every T with U ⊆ T ⊆ V. A tree starts with all
candidates visible and hides one used index at a time; a set is explained only where no earlier answer
covers it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.search.masks import single_bits


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """A plan as the planner told it: `used` are the candidates in it, `cost` its estimate."""

    fingerprint: str
    used: int
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanNode:
    """One answer of the planner: under the candidates `visible` it takes `plan`.

    It covers every set between `plan.used` and `visible`.
    """

    visible: int
    plan: SeenPlan


Explain = Callable[[int], SeenPlan]
"""The planner: a visible set in, the plan under it out; what it uses is visible."""


class PlanTree:
    """The plans of one statement with one binding, for every subset of the candidates `relevant` to it.

    Where several answers cover a set, that of the smallest visible superset counts, and of two such the
    verified one, then the cheaper one. With a planner that keeps to the assumption all of them are the
    same plan. Real ones stray where an index changes an *estimate*; the smallest superset shares most
    indexes with the set asked for, hence most estimates, and a real answer for the very set always wins.
    """

    def __init__(self, relevant: int) -> None:
        self.relevant = relevant
        self.explains = 0
        self._gaps: list[tuple[int, int]] = []
        self._deciding = 0
        self._answers: dict[int, PlanNode] = {}
        self._by_used: dict[int, list[PlanNode]] = {}
        self._reached: dict[int, PlanNode] = {}
        self._verified: dict[int, PlanNode] = {}
        self._found: dict[int, SeenPlan | None] = {}
        self._regions: list[tuple[SeenPlan, list[int]]] | None = None

    @classmethod
    def grow(cls, explain: Explain, relevant: int, budget: int) -> PlanTree:
        """The tree after at most `budget` calls of `explain`; what it then doesn't cover has no plan.

        A node's children hide one used index each and keep those hidden by earlier siblings, so that
        every set has one path and no two paths explain the same. ValueError where a plan uses an index
        that wasn't visible.
        """
        tree = cls(relevant)
        waiting, met = deque([(relevant, 0)]), {(relevant, 0)}
        while waiting:
            visible, kept = waiting.popleft()
            node = tree._settle(visible, explain, budget)
            if node is None:
                tree._gaps.append((kept, visible))
                continue
            for bit in single_bits(node.plan.used & ~kept):
                child = (visible & ~bit, kept)
                if child not in met:
                    met.add(child)
                    waiting.append(child)
                kept |= bit
        return tree

    @property
    def deciding(self) -> int:
        """The candidates that can change the plan; all others are masked away.

        They are those that some plan uses, and those in which two verified sets with different plans
        differ where nothing else tells them apart.
        """
        return self._deciding

    @property
    def plans(self) -> tuple[SeenPlan, ...]:
        """The distinct plans, by fingerprint."""
        nodes = (*self._answers.values(), *self._verified.values())
        return tuple({node.plan.fingerprint: node.plan for node in nodes}.values())

    @property
    def nodes(self) -> tuple[PlanNode, ...]:
        """What the planner was asked, and what it said."""
        return tuple(self._answers.values())

    @property
    def shape(self) -> frozenset[object]:
        """Trees of equal shape give equal plans for every set.

        Costs only decide between answers that are equally near, where planners strayed or the budget ran
        out; elsewhere trees may differ in them.
        """
        strict = bool(self._verified or self._gaps)
        answers = {_row(node, strict) for node in self._answers.values()}
        verified = {("verified", *_row(node, strict)) for node in self._verified.values()}
        return frozenset({self.relevant, self._deciding, *answers, *verified})

    def lookup(self, mask: int) -> SeenPlan | None:
        """The plan under exactly `mask`; None where the budget ran out before it was covered."""
        mask &= self._deciding
        if mask not in self._found:
            self._found[mask] = self._nearest(mask)
        return self._found[mask]

    def possible(self, included: int, open: int) -> Iterator[SeenPlan | None]:
        """Every plan that some T with `included` ⊆ T ⊆ `included` | `open` gets (None: not covered).

        May hold plans that none gets, and one plan twice.
        """
        if not open & self._deciding:
            yield self.lookup(included)
            return
        allowed, deciding = included | open, self._deciding
        yield from self._covered(included & deciding, allowed)
        if any(not (kept & ~allowed or included & deciding & ~widest) for kept, widest in self._gaps):
            yield None
        for node in self._verified.values():
            if not (node.plan.used & ~allowed or included & deciding & ~node.visible):
                yield node.plan

    def correct(self, mask: int, seen: SeenPlan) -> None:
        """Add what the planner really said under `mask`; it counts for that set, and for those it covers."""
        node = PlanNode(mask & self.relevant, seen)
        self._check(node)
        self._deciding |= seen.used
        for other in self._verified.values():
            if (
                other.plan.fingerprint != seen.fingerprint
                and (other.visible ^ node.visible) & self._deciding == 0
            ):
                self._deciding |= other.visible ^ node.visible
        self._verified[node.visible] = node
        self._found.clear()

    def _settle(self, visible: int, explain: Explain, budget: int) -> PlanNode | None:
        node = self._reached.get(visible) or self._covering(visible)
        if node is None and self.explains < budget:
            self.explains += 1
            node = PlanNode(visible, explain(visible))
            self._check(node)
            self._learn(node)
        if node is not None:
            self._reached[visible] = node
        return node

    def _check(self, node: PlanNode) -> None:
        if node.plan.used & ~node.visible:
            raise ValueError(f"a plan uses {node.plan.used:#x} where only {node.visible:#x} is visible")

    def _learn(self, node: PlanNode) -> None:
        self._answers[node.visible] = node
        self._by_used.setdefault(node.plan.used, []).append(node)
        self._regions = None
        self._deciding |= node.plan.used

    def _covering(self, mask: int) -> PlanNode | None:
        found: list[PlanNode] = []
        for used, nodes in self._by_used.items():
            if not used & ~mask:
                found += [node for node in nodes if not mask & ~node.visible]
        return min(found, key=lambda node: (node.visible.bit_count(), node.plan.cost), default=None)

    def _nearest(self, mask: int) -> SeenPlan | None:
        """The plan for a set of deciding candidates; the others may be there or not."""
        others = self.relevant & ~self._deciding
        found = [
            (self._distance(node), 0, node.plan.cost, node.plan.fingerprint, node.plan)
            for node in self._verified.values()
            if not (node.plan.used & ~mask or mask & ~(node.visible | others))
        ]
        node = self._descend(mask) or self._covering(mask)
        if node is not None:
            found.append((self._distance(node), 1, node.plan.cost, node.plan.fingerprint, node.plan))
        return min(found, key=lambda entry: entry[:4])[4] if found else None

    def _distance(self, node: PlanNode) -> int:
        return (node.visible & self._deciding).bit_count()

    def _descend(self, mask: int) -> PlanNode | None:
        visible = self.relevant
        while (node := self._reached.get(visible)) is not None:
            missing = node.plan.used & ~mask
            if not missing:
                return node
            visible &= ~(missing & -missing)
        return None

    def _covered(self, mask: int, allowed: int) -> Iterator[SeenPlan | None]:
        """The plans of all answers that hold for some set between `mask` and `allowed`.

        Where one holds for any, it holds for what it uses together with `mask`.
        """
        if self._regions is None:
            self._regions = _regions(self._answers.values())
        for plan, widest in self._regions:
            if not plan.used & ~allowed and any(not mask & ~visible for visible in widest):
                yield plan


def _regions(nodes: Iterable[PlanNode]) -> list[tuple[SeenPlan, list[int]]]:
    """Each plan with the visible sets that it was seen under, without those that lie within another."""
    regions: dict[tuple[str, int], tuple[SeenPlan, list[int]]] = {}
    for node in sorted(nodes, key=lambda node: -node.visible.bit_count()):
        key = (node.plan.fingerprint, node.plan.used)
        _, widest = regions.setdefault(key, (node.plan, []))
        if all(node.visible & ~visible for visible in widest):
            widest.append(node.visible)
    return list(regions.values())


def _row(node: PlanNode, with_cost: bool = True) -> tuple[Any, ...]:
    plan = node.plan
    return (node.visible, plan.used, plan.fingerprint, plan.cost if with_cost else None)
