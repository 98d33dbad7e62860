"""The bindings of a query that always get the same plans, with what is known of these plans' latencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.search.choice.distribution import Distribution, distribution, envelope, mixture
from optimizer.search.masks import members
from optimizer.search.plans.tree import PlanTree, SeenPlan


@dataclass(frozen=True, slots=True)
class LatencyBound:
    """The latencies of one plan with one binding, in milliseconds, in any order.

    Where it isn't `exact` (not measured yet, or timed out), the samples are lower bounds: the real
    distribution is nowhere faster.
    """

    samples: tuple[float, ...]
    exact: bool = True


Latencies = Callable[[int, str], LatencyBound]
"""What is known of a plan: the binding's number and the plan's fingerprint in."""


@dataclass(frozen=True, eq=False, slots=True)
class PlanLatency:
    """A plan (fingerprint None: not known) and its latency over some bindings.

    `candidates` are the numbers of those in `used`, `inexact` the bindings with only a lower bound.
    """

    fingerprint: str | None
    used: int
    candidates: tuple[int, ...]
    latency: Distribution
    inexact: tuple[int, ...]


class BindingGroup:
    """Bindings whose trees have one shape, so that one lookup and one walk do for all of them.

    `weight` is their part of all bindings.
    """

    def __init__(
        self,
        tree: PlanTree,
        weights: dict[int, float],
        latencies: Latencies,
        floor: LatencyBound,
    ) -> None:
        self.tree = tree
        self.weight = sum(weights.values())
        self._weights = weights
        self._latencies = latencies
        self._floor = floor
        self._known: dict[str | None, PlanLatency] = {}
        self._possible: dict[tuple[int, int], tuple[PlanLatency, ...]] = {}
        self._envelopes: dict[tuple[int, ...], Distribution] = {}

    def under(self, mask: int) -> PlanLatency:
        """The plan under exactly `mask`."""
        return self._latency(self.tree.lookup(mask))

    def possible(self, included: int, open: int) -> tuple[PlanLatency, ...]:
        """The distinct plans that sets between `included` and `included` | `open` get; never empty."""
        key = (included & self.tree.deciding, open & self.tree.deciding)
        if key not in self._possible:
            plans = [self._latency(plan) for plan in self.tree.possible(*key)]
            self._possible[key] = tuple(dict.fromkeys(plans))
        return self._possible[key]

    def envelope(self, plans: Sequence[PlanLatency]) -> Distribution:
        """The fastest distribution that none of these plans beats."""
        key = tuple(sorted(id(plan) for plan in plans))
        if key not in self._envelopes:
            self._envelopes[key] = envelope([plan.latency for plan in plans])
        return self._envelopes[key]

    def _latency(self, plan: SeenPlan | None) -> PlanLatency:
        fingerprint = plan.fingerprint if plan else None
        if fingerprint not in self._known:
            used = plan.used if plan else 0
            bounds = {n: self._latencies(n, plan.fingerprint) if plan else self._floor for n in self._weights}
            parts = [distribution(bound.samples, self._weights[n]) for n, bound in bounds.items()]
            inexact = tuple(n for n, bound in bounds.items() if not bound.exact)
            found = PlanLatency(fingerprint, used, members(used), mixture(parts), inexact)
            self._known[fingerprint] = found
        return self._known[fingerprint]


def binding_groups(
    trees: Sequence[PlanTree], weights: Sequence[float], latencies: Latencies, floor: LatencyBound
) -> list[BindingGroup]:
    """The bindings, numbered as `trees` and `weights`, by the shape of their trees."""
    numbers: dict[frozenset[object], dict[int, float]] = {}
    for n, (tree, weight) in enumerate(zip(trees, weights, strict=True)):
        numbers.setdefault(tree.shape, {})[n] = weight
    return [BindingGroup(trees[min(own)], own, latencies, floor) for own in numbers.values()]
