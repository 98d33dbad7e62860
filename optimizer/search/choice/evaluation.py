"""Values of sets, each query's part remembered, and the best few sets seen."""

from __future__ import annotations

from optimizer.search.choice.problem import Problem
from optimizer.search.masks import members


class Evaluation:
    """The value of any set of a problem, limits aside; keeps the best allowed sets that were asked for.

    A set is written without the candidates that make no difference to any query. `examined` counts the
    distinct sets.
    """

    def __init__(self, problem: Problem, keep: int) -> None:
        self.problem = problem
        self.examined = 0
        self._keep = keep
        self._costs: list[dict[int, float]] = [{} for _ in problem.queries]
        self._relevant = [query.relevant for query in problem.queries]
        self._values: dict[int, float] = {}
        self._best: list[tuple[float, int, int]] = []

    @property
    def best(self) -> tuple[tuple[int, float], ...]:
        """The best distinct sets seen with their values; of equal ones the one with fewer indexes first."""
        return tuple((mask, value) for value, _, mask in self._best)

    @property
    def record(self) -> float:
        """The value of the best allowed set seen; infinite where there is none."""
        return self._best[0][0] if self._best else float("inf")

    def cost(self, query: int, mask: int) -> float:
        """One query's part of the value."""
        key = mask & self._relevant[query]
        costs = self._costs[query]
        if key not in costs:
            costs[key] = self.problem.queries[query].cost(key)
        return costs[key]

    def value(self, mask: int) -> float:
        """The value of the set; it is kept among the best where it keeps all limits."""
        if mask not in self._values:
            self.examined += 1
            storage = sum(self.problem.storage_cost[i] for i in members(mask))
            queries = sum(self.cost(query, mask) for query in range(len(self._costs)))
            self._values[mask] = self.problem.base_cost + storage + queries
            if self.problem.allowed(mask):
                self._note(mask)
        return self._values[mask]

    def _note(self, mask: int) -> None:
        entry = (self._values[mask], mask.bit_count(), mask)
        if len(self._best) < self._keep or entry < self._best[-1]:
            self._best = sorted([*self._best, entry])[: self._keep]
