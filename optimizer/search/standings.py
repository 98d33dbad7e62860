"""Which engine's best design is ahead: of those whose servers people deploy.

Each engine's winner was measured in the same rounds as the reference's. Two others are told apart by how
many times as long as the reference either takes: the machine's drift in one series of rounds falls on both
sides of its ratio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from optimizer.model.query import Query
from optimizer.model.result import WINNER, EngineResult
from optimizer.model.workload import Workload
from optimizer.search.finals.judging import faster_by
from optimizer.search.finals.outcome import Outcome
from optimizer.statistics.paired import Paired, compare

_SAME = Paired(1.0, 1.0, 1.0, 0)


@dataclass(frozen=True, slots=True)
class Standings:
    """The mix on the engines that are `ranked`; the reference may be none of them.

    `over` is how many times as long as on the reference the mix takes; `missed` the share of the traffic
    whose target is missed on the first engine of a pair, as measured in the pair's rounds.
    """

    ranked: tuple[str, ...]
    over: Mapping[str, Paired]
    missed: Mapping[tuple[str, str], float]

    def winner(self) -> str | None:
        """The engine that is ahead of every other; None where there is none, or no other."""
        if len(self.ranked) < 2:
            return None
        return next((one for one in self.ranked if self._behind(one) == self._but(one)), None)

    def leading(self) -> tuple[str, ...]:
        """Those that no other is ahead of, and those that one of these isn't ahead of."""
        unbeaten = [one for one in self.ranked if not any(self.ahead(two, one) for two in self._but(one))]
        beaten = {name for name in self.ranked if all(name in self._behind(one) for one in unbeaten)}
        return tuple(name for name in self.ranked if not unbeaten or name not in beaten)

    def ahead(self, one: str, two: str) -> bool:
        """Whether one misses fewer targets than the other, or as few and is measurably faster."""
        mine, theirs = self.missed[one, two], self.missed[two, one]
        return mine < theirs if mine != theirs else _ahead(self.over, one, two)

    def by_how_much(self, winner: str) -> tuple[str, ...]:
        """A line for each of the others: how far it is behind the winner."""
        return tuple(self._line(winner, name) for name in self._but(winner))

    def _line(self, winner: str, name: str) -> str:
        ratio = between(self.over[winner], self.over[name])
        mine, theirs = self.missed[winner, name], self.missed[name, winner]
        over = f" and misses the target of {theirs:.1%} of the traffic, {winner} of {mine:.1%}"
        return (
            f"{name} takes {ratio.ratio:.2f} times as long over the mix "
            f"({ratio.low:.2f} to {ratio.high:.2f}){over if mine != theirs else ''}"
        )

    def _but(self, name: str) -> tuple[str, ...]:
        return tuple(other for other in self.ranked if other != name)

    def _behind(self, name: str) -> tuple[str, ...]:
        return tuple(other for other in self._but(name) if self.ahead(name, other))


def standings(
    workload: Workload, results: Mapping[str, EngineResult], others: Mapping[str, Outcome], reference: str
) -> Standings:
    """How the reference and the `others`, whose outcomes have it beside them, stand over the mix."""
    ranked = native(results, (reference, *others))
    over = {reference: _SAME} | {
        name: faster_by(outcome.measured, workload.queries, reference, WINNER)
        for name, outcome in others.items()
    }
    missed = {}
    for one, two in combinations(ranked, 2):
        missed[one, two] = _missed(one, two, others)
        missed[two, one] = _missed(two, one, others)
    return Standings(ranked, over, missed)


def native(results: Mapping[str, EngineResult], names: Iterable[str]) -> tuple[str, ...]:
    """Those whose figures aren't indicative."""
    return tuple(name for name in names if not results[name].indicative)


def fastest(query: Query, ranked: Sequence[str], others: Mapping[str, Outcome], reference: str) -> str | None:
    """The engine of `ranked` on which a statement is measurably faster than on every other; None where that
    can't be told."""
    over = {reference: _SAME} | {
        name: compare(*(outcome.measured.medians(label, query.name) for label in (reference, WINNER)))
        for name, outcome in others.items()
    }
    if len(ranked) < 2:
        return None
    return next((a for a in ranked if all(_ahead(over, a, b) for b in ranked if b != a)), None)


def between(first: Paired, second: Paired) -> Paired:
    """How many times as long the second takes as the first, by what either takes beside a third.

    The interval is the widest that both allow: at least as sure as each of them.
    """
    return Paired(
        ratio=second.ratio / first.ratio,
        low=second.low / first.high,
        high=second.high / first.low if first.low else float("inf"),
        rounds=min(first.rounds, second.rounds),
    )


def _ahead(over: Mapping[str, Paired], one: str, two: str) -> bool:
    return over[one].high < over[two].low


def _missed(name: str, other: str, others: Mapping[str, Outcome]) -> float:
    """The reference's share is that of the rounds beside the other engine."""
    if name in others:
        return others[name].designs[WINNER].missed_share
    beside = others[other].beside
    return beside.result.missed_share if beside else 0.0
