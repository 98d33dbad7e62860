"""Lower bounds of the value over ranges of sets, each index's price shared among the queries that may use it.

A query's own bound takes its best plan as if indexes were free. So each candidate's cost (storage, and the
writes' upkeep) is split over the queries: a plan pays its query's part of every open index that it uses.
Whatever the split, the sum of the queries' minima is a lower bound; a subgradient ascent looks for the
split with the highest one. Source: the Lagrangian dual of uncapacitated facility location (Cornuéjols,
Nemhauser, Wolsey, "The uncapacitated facility location problem", 1990).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from optimizer.search.masks import members
from optimizer.search.problem import Problem, Relaxation

Prices = list[dict[int, float]]


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
        self._problem = problem
        self._relevant = [query.relevant for query in problem.queries]
        self._own = [
            price + toll * size for price, size in zip(problem.storage_cost, problem.bytes, strict=True)
        ]
        self._refund = toll * ((problem.storage_bytes or 0) - problem.base_bytes)
        self._prices = self._equal_prices(universe)
        self._known: list[dict[tuple[int, int], Relaxation]] = []
        self._forget()

    def over(self, included: int, open: int) -> Range:
        """The bound over a range of sets."""
        value, wanted = self._fixed(included), 0
        for number in range(len(self._relevant)):
            relaxed = self._relax(number, included, open)
            value += relaxed.value
            for i in relaxed.wanted:
                wanted |= 1 << i
        return Range(value, wanted)

    def tune(self, open: int, rounds: int) -> None:
        """Look for prices that raise the bound over all subsets of `open`, and keep the best ones."""
        best, kept = self.over(0, open).value, self._prices
        for turn in range(1, rounds + 1):
            wanted = [self._relax(number, 0, open).wanted for number in range(len(self._relevant))]
            self._prices = _moved(self._prices, wanted, 0.5 / turn)
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
            known[key] = self._problem.queries[number].bound(*key, self._prices[number])
        return known[key]

    def _equal_prices(self, universe: int) -> Prices:
        """Every query that may use a candidate pays the same part of it."""
        queries = self._problem.queries
        prices: Prices = [{} for _ in queries]
        for i in members(universe):
            upkeep = [query.upkeep(i) for query in queries]
            users = [n for n, own in enumerate(upkeep) if self._relevant[n] >> i & 1 and own == 0]
            whole = self._own[i] + sum(upkeep)
            for n in users:
                prices[n][i] = whole / len(users)
        return prices


def _moved(prices: Prices, wanted: list[Mapping[int, float]], step: float) -> Prices:
    """Prices moved towards the queries that want a candidate, away from those that don't; sums stay."""
    moved: Prices = [dict(own) for own in prices]
    for i in {i for own in prices for i in own}:
        users = [n for n, own in enumerate(prices) if i in own]
        whole = sum(prices[n][i] for n in users)
        average = sum(wanted[n].get(i, 0.0) for n in users) / len(users)
        for n in users:
            moved[n][i] = max(0.0, prices[n][i] + step * whole * (wanted[n].get(i, 0.0) - average))
        total = sum(moved[n][i] for n in users)
        for n in users:
            moved[n][i] *= whole / total if total > 0 else 0.0
    return moved
