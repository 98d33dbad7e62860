"""Measuring plans for the search: each once, only those asked for, losers stopped early.

A plan's latency with a binding is measured under the fewest shown indexes that give it. An execution may
take four times as long as the best known plan of the same query and binding (at least `PATIENCE_MS`); one
that is stopped leaves a lower bound, and is measured again with more patience only if a choice depends on
it.
"""

from __future__ import annotations

import hashlib
import random
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from optimizer.measure.sampling import Effort, sample
from optimizer.model.measurement import FAILED_MS, Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo, PlanKey
from optimizer.search.plans.plan_latencies import LatencyBound
from optimizer.search.plans.query_plans import QueryPlans

PATIENCE_MS = 10.0
PATIENCE = 4.0
LONGEST_MS = 10_000.0
IN_VAIN = 2
"""A plan of which so many bindings took `longest_ms` is given up: the others aren't run."""

SLOW_MS = 500.0
NEARLY = 0.99

BESIDE_ROUNDS = 7
EFFORT = Effort(least=3, most=9, seconds=0.12)


@dataclass(slots=True)
class PlanMeter:
    """Measures plans into the memo; `floor_ms` bounds from below whatever wasn't measured.

    A statement that takes `longest_ms` is lost: its time so far counts as its latency in the search.
    """

    board: Switchboard
    memo: Memo
    bindings: Mapping[str, Sequence[Binding]]
    plans: Mapping[str, QueryPlans]
    floor_ms: float
    seed: int
    longest_ms: float = LONGEST_MS
    measured: set[tuple[str, str]] = field(default_factory=set)
    _best: dict[tuple[str, int], float] = field(default_factory=dict)

    def latency(self, query: str, binding: int, fingerprint: str) -> LatencyBound:
        """What is known of a plan with a binding.

        Of a plan that was given up, since no binding of it ended within `longest_ms`, those that weren't
        run count as those that were.
        """
        executions = self.memo.plan(PlanKey(query, binding, fingerprint))
        if not executions and self._given_up(query, fingerprint):
            return LatencyBound((self.longest_ms,))
        if not executions:
            return LatencyBound((self.floor_ms,), exact=False)
        if any(e.status is Status.FAILED for e in executions):
            return LatencyBound((FAILED_MS,))
        stopped = any(e.status is Status.TIMED_OUT for e in executions)
        longest = max(e.ms for e in executions)
        middle = statistics.median(e.ms for e in executions)
        return LatencyBound((middle,), exact=not stopped or longest >= self.longest_ms * NEARLY)

    def measure(self, query: Query, mask: int, wanted: Iterable[tuple[int, str | None]]) -> None:
        """Measure these plans (binding, fingerprint) of a query, all of which it gets under `mask`.

        Where the server's plan turns out to be another, the trees learn from it and nothing is measured.
        """
        plans = self.plans[query.name]
        if plans.learn(mask):
            return
        confirmed = [(number, fingerprint) for number, fingerprint in wanted if fingerprint is not None]
        self.board.show(self._fewest(plans, mask, confirmed))
        bindings = [(number, self.bindings[query.name][number]) for number, _ in confirmed]
        timeouts = {number: self._timeout(query.name, number, plan) for number, plan in confirmed}
        found = sample(
            self.board.session, query, bindings, timeouts, EFFORT, self.seed, self._vain_ms(query.name)
        )
        for number, fingerprint in confirmed:
            if found.get(number):
                self._keep(query.name, number, fingerprint, found[number])

    def measure_beside(self, query: Query, masks: Sequence[int], searching: Callable[[], bool]) -> None:
        """Measure the different plans that a query gets under these sets again, in interleaved rounds.

        Bindings whose plan is the same under all sets are left out, and so are plans that were stopped or
        take more than `SLOW_MS`. The first execution after each switch warms up and isn't kept. Ends early
        when `searching` says no.
        """
        plans = self.plans[query.name]
        states: dict[tuple[str, ...], int] = {}
        for mask in masks:
            states.setdefault(tuple(plan.fingerprint for plan in plans.real(mask)), mask & plans.relevant)
        telling = [n for n, seen in enumerate(zip(*states, strict=True)) if len(set(seen)) > 1]
        digest = hashlib.sha256(repr(sorted(states)).encode()).hexdigest()
        if not telling or self.memo.compared(query.name, digest):
            return
        for (number, fingerprint), executions in self._beside(query, states, telling, searching).items():
            self._keep(query.name, number, fingerprint, executions)
        if searching():
            self.memo.keep_compared(query.name, digest)

    def _beside(
        self,
        query: Query,
        states: Mapping[tuple[str, ...], int],
        telling: Sequence[int],
        searching: Callable[[], bool],
    ) -> dict[tuple[int, str], list[Execution]]:
        draw = random.Random(f"{self.seed}/{query.name}")
        fresh: dict[tuple[int, str], list[Execution]] = {}
        for _ in range(BESIDE_ROUNDS):
            for fingerprints, mask in draw.sample(list(states.items()), len(states)):
                if not searching():
                    return fresh
                good = [n for n in telling if self._is_quick(query.name, n, fingerprints[n])]
                self.board.show(mask)
                for place, number in enumerate((*good[:1], *good)):
                    binding = self.bindings[query.name][number]
                    execution = self.board.session.time(query, binding, timeout_ms=self.longest_ms)
                    if place > 0:
                        fresh.setdefault((number, fingerprints[number]), []).append(execution)
        return fresh

    def _fewest(self, plans: QueryPlans, mask: int, wanted: Sequence[tuple[int, str]]) -> int:
        """The fewest shown candidates that still give these plans: planning takes its time by index."""
        used = 0
        for number, _ in wanted:
            plan = plans.trees[number].lookup(mask)
            used |= plan.used if plan is not None else mask
        real = plans.real(used)
        same = all(real[number].fingerprint == fingerprint for number, fingerprint in wanted)
        return used if same else mask & plans.relevant

    def _timeout(self, query: str, binding: int, fingerprint: str) -> float:
        best = self._best.get((query, binding))
        before = self.memo.plan(PlanKey(query, binding, fingerprint))
        if before:
            return min(self.longest_ms, max(e.ms for e in before) * PATIENCE * PATIENCE)
        return self.longest_ms if best is None else min(self.longest_ms, max(PATIENCE_MS, best * PATIENCE))

    def _is_quick(self, query: str, binding: int, fingerprint: str) -> bool:
        bound = self.latency(query, binding, fingerprint)
        return bound.exact and max(bound.samples) <= SLOW_MS

    def _given_up(self, query: str, fingerprint: str) -> bool:
        """Whether a binding took `longest_ms` with this plan, and none ended."""
        known = self.memo.bindings(query, fingerprint)
        stopped = [e.ms for executions in known for e in executions if e.status is Status.TIMED_OUT]
        ended = any(e.status is not Status.TIMED_OUT for executions in known for e in executions)
        return not ended and max(stopped, default=0.0) >= self.longest_ms * NEARLY

    def _vain_ms(self, query: str) -> float:
        """How long bindings may take in vain: less for a query of which nothing ended yet."""
        ended = any(name == query for name, _ in self._best)
        tried = any(name == query for name, _ in self.measured)
        return self.longest_ms * NEARLY * (1 if tried and not ended else IN_VAIN)

    def _keep(self, query: str, binding: int, fingerprint: str, executions: Sequence[Execution]) -> None:
        self.memo.keep_plan(PlanKey(query, binding, fingerprint), executions)
        self.measured.add((query, fingerprint))
        if all(e.status is Status.OK for e in executions):
            middle = statistics.median(e.ms for e in executions)
            self._best[query, binding] = min(middle, self._best.get((query, binding), middle))


def by_query(wanted: Iterable[tuple[str, int, str | None]]) -> dict[str, list[tuple[int, str | None]]]:
    """Plans to measure, sorted by their query."""
    ordered = sorted(wanted, key=lambda one: (one[0], one[1]))
    return {name: [(n, f) for _, n, f in group] for name, group in groupby(ordered, key=lambda one: one[0])}
