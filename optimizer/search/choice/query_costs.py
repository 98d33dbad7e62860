"""What a query costs under every set of candidates: its plan trees put together with measured latencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.model.query import Target
from optimizer.search.choice.distribution import percentile
from optimizer.search.choice.problem import Prices, Relaxation
from optimizer.search.masks import mask_of, members
from optimizer.search.plans.plan_latencies import Latencies, LatencyBound, PlanLatency, binding_groups
from optimizer.search.plans.tree import PlanTree
from optimizer.search.score import QueryFigures, contribution

__all__ = ["Latencies", "LatencyBound", "QueryCosts"]

UNKNOWN = LatencyBound((0.0,), exact=False)


@dataclass
class QueryCosts:
    """One query's part of the score's value under every set.

    `trees` and `weights` (None: all alike) are by binding. `deltas` are what each shown candidate adds to
    an execution in milliseconds, unless the plan itself uses it (the writes' maintenance). `floor` bounds
    a plan that isn't known: the driver's own. What `latencies` and the trees say is taken once: after
    measuring or correcting, make another object.
    """

    share: float
    target: Target
    trees: Sequence[PlanTree]
    latencies: Latencies
    deltas: Mapping[int, float] = field(default_factory=dict)
    weights: Sequence[float] | None = None
    floor: LatencyBound = UNKNOWN

    def __post_init__(self) -> None:
        if any(delta < 0 for delta in self.deltas.values()):
            raise ValueError("an index's maintenance is never negative")
        weights = self.weights or [1.0] * len(self.trees)
        parts = [weight / sum(weights) for weight in weights]
        self._groups = binding_groups(self.trees, parts, self.latencies, self.floor)
        self._deltas = {i: delta for i, delta in sorted(self.deltas.items()) if delta > 0}
        self._maintained = mask_of(self._deltas)
        self._relevant, self._used = self._maintained, 0
        for group in self._groups:
            self._relevant |= group.tree.deciding
            for plan in group.tree.plans:
                self._used |= plan.used
        self._values: dict[tuple[object, ...], float] = {}

    @property
    def relevant(self) -> int:
        """The candidates that decide a plan or have to be maintained."""
        return self._relevant

    @property
    def payers(self) -> Sequence[float]:
        """The weights of the groups of bindings that always get the same plans."""
        return [group.weight for group in self._groups]

    def figures(self, mask: int) -> QueryFigures:
        """The figures that the score takes, under exactly `mask`."""
        plans = [group.under(mask) for group in self._groups]
        shifts = [self._maintenance(mask, plan.used) for plan in plans]
        mean = sum(
            plan.latency.total_ms + group.weight * shift
            for plan, group, shift in zip(plans, self._groups, shifts, strict=True)
        )
        at = percentile([plan.latency for plan in plans], self.target.percentile, shifts)
        return QueryFigures(self.share, self.target.ms, at, mean)

    def cost(self, mask: int) -> float:
        """The query's part of the value under exactly `mask`."""
        key = (mask & self._maintained, *(group.under(mask).fingerprint for group in self._groups))
        if key not in self._values:
            self._values[key] = contribution(self.figures(mask))
        return self._values[key]

    def bound(self, included: int, open: int, prices: Prices) -> Relaxation:
        """The bound takes each payer's best plan for itself, as if all could be had at once.

        The mean is that of the plans that are cheapest with their candidates' prices; the percentile is
        that of the envelopes of all possible plans, with the maintenance that none of them can spare.
        """
        mean, wanted, envelopes, spared = 0.0, [], [], 0
        for group, own in zip(self._groups, prices, strict=True):
            plans = group.possible(included, open)
            costs = [self._priced(plan, group.weight, included, open, own) for plan in plans]
            least = min(costs)
            mean += least
            wanted.append(plans[costs.index(least)].used & open)
            envelopes.append(group.envelope(plans))
            for plan in plans:
                spared |= plan.used
        at = percentile(envelopes, self.target.percentile) + self._maintenance(included, spared)
        missed = contribution(QueryFigures(self.share, self.target.ms, at, 0.0))
        return Relaxation(mean + missed, tuple(wanted))

    def upkeep(self, candidate: int) -> float:
        """The maintenance of a candidate that none of the query's own plans uses."""
        return 0.0 if self._used >> candidate & 1 else self.share * self._deltas.get(candidate, 0.0)

    def unmeasured(self, mask: int) -> tuple[tuple[int, str | None], ...]:
        """The plans (binding, fingerprint) under `mask` whose latency isn't exact."""
        plans = [group.under(mask) for group in self._groups]
        return tuple(sorted(((n, plan.fingerprint) for plan in plans for n in plan.inexact), key=_binding))

    def _maintenance(self, mask: int, used: int) -> float:
        maintained = mask & self._maintained & ~used
        return sum(self._deltas[i] for i in members(maintained)) if maintained else 0.0

    def _priced(
        self, plan: PlanLatency, weight: float, included: int, open: int, prices: Mapping[int, float]
    ) -> float:
        price = sum(prices.get(i, 0.0) for i in plan.candidates if open >> i & 1)
        own = plan.latency.total_ms + weight * self._maintenance(included, plan.used)
        return self.share * own + price


def _binding(need: tuple[int, str | None]) -> int:
    return need[0]
