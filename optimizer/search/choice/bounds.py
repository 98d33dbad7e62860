"""Lower bounds of the value over ranges of sets, each index's price shared by those who may use it.

A query's own bound takes its best plans as if indexes were free. So each candidate's cost (storage, and the
writes' upkeep) is split over the queries' payers: a plan pays its payer's part of every open index that it
uses. Whatever the split, the sum of the payers' minima is a lower bound; a subgradient ascent looks for the
split with the highest one. Source: the Lagrangian dual of uncapacitated facility location (Cornuéjols,
Nemhauser, Wolsey, "The uncapacitated facility location problem", 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from optimizer.search.choice.problem import Problem, Relaxation
from optimizer.search.masks import members


class Range(NamedTuple):
    """A lower bound over all T with included ⊆ T ⊆ included | open, and what its minimiser would use."""

    value: float
    wanted: int


class Bounds:
    """Bounds for one problem, each query's part remembered.

    `toll` is a price for each byte beyond the limit of storage, refunded below it: for any toll that isn't
    negative the bound holds for the sets within the limit (Lagrangian relaxation of the limit).
    """

    def __init__(self, problem: Problem, universe: int, toll: float = 0.0) -> None:
        self.asked = 0
        self._problem = problem
        self._relevant = [query.relevant for query in problem.queries]
        self._own = [
            price + toll * size for price, size in zip(problem.storage_cost, problem.bytes, strict=True)
        ]
        self._refund = toll * ((problem.storage_bytes or 0) - problem.base_bytes)
        self._payers = _slices([len(query.payers) for query in problem.queries])
        self._prices = self._equal_prices(universe)
        self._known: list[dict[tuple[int, int], Relaxation]] = []
        self._forget()

    def over(self, included: int, open: int) -> Range:
        """The bound over a range of sets."""
        self.asked += 1
        value, wanted = self._fixed(included), 0
        for number in range(len(self._relevant)):
            relaxed = self._relax(number, included, open)
            value += relaxed.value
            for mask in relaxed.wanted:
                wanted |= mask
        return Range(value, wanted)

    def tune(self, open: int, rounds: int) -> None:
        """Look for prices that raise the bound over all subsets of `open`, and keep the best ones."""
        best, kept = self.over(0, open).value, self._prices
        for turn in range(1, rounds + 1):
            wanted = [
                mask for number in range(len(self._relevant)) for mask in self._relax(number, 0, open).wanted
            ]
            self._prices = self._moved(wanted, 0.5 / turn)
            self._forget()
            value = self.over(0, open).value
            if value > best:
                best, kept = value, self._prices
        self._prices = kept
        self._forget()

    def _forget(self) -> None:
        self._known = [{} for _ in self._relevant]

    def _fixed(self, included: int) -> float:
        return self._problem.base_cost - self._refund + sum(self._own[i] for i in members(included))

    def _relax(self, number: int, included: int, open: int) -> Relaxation:
        relevant, known = self._relevant[number], self._known[number]
        key = (included & relevant, open & relevant)
        if key not in known:
            known[key] = self._problem.queries[number].bound(*key, self._prices[self._payers[number]])
        return known[key]

    def _equal_prices(self, universe: int) -> list[dict[int, float]]:
        """Every query that may use a candidate pays the same part of it, its payers by their weight."""
        queries = self._problem.queries
        prices = [dict[int, float]() for query in queries for _ in query.payers]
        for i in members(universe):
            upkeep = [query.upkeep(i) for query in queries]
            users = [n for n, own in enumerate(upkeep) if self._relevant[n] >> i & 1 and own == 0]
            for n in users:
                whole = (self._own[i] + sum(upkeep)) / len(users)
                for payer, weight in zip(prices[self._payers[n]], queries[n].payers, strict=True):
                    payer[i] = whole * weight
        return prices

    def _moved(self, wanted: Sequence[int], step: float) -> list[dict[int, float]]:
        """Prices moved towards the payers that want a candidate, away from the others; sums stay."""
        moved = [dict(own) for own in self._prices]
        for i in {i for own in moved for i in own}:
            users = [(own, wanted[n] >> i & 1) for n, own in enumerate(moved) if i in own]
            whole = sum(own[i] for own, _ in users)
            average = sum(wants for _, wants in users) / len(users)
            for own, wants in users:
                own[i] = max(0.0, own[i] + step * whole * (wants - average))
            total = sum(own[i] for own, _ in users)
            for own, _ in users:
                own[i] *= whole / total if total > 0 else 0.0
        return moved


def _slices(counts: Sequence[int]) -> list[slice]:
    """Where each query's payers stand in the row of all."""
    ends = [0, *accumulate(counts)]
    return [slice(start, end) for start, end in pairwise(ends)]
