"""Designs measured each by itself: shown, executed and scored, nothing taken from another design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from bench.measured_score import measured_score
from optimizer.engines.base import Session
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.search.index_search import IndexSearch
from optimizer.statistics.paired import Paired, compare

FAILED_MS = 3_600_000.0
TIMEOUT_MS = 5_000.0
LEAST_ROUNDS, MOST_ROUNDS = 9, 63


@dataclass(frozen=True, slots=True)
class Arena:
    """The search's own database, queries and bindings, executed design by design."""

    search: IndexSearch
    draw: Random

    def scores(self, masks: Iterable[int], repetitions: int) -> dict[int, float]:
        """The score of each design, in a random order; the lower the better."""
        order = list(masks)
        self.draw.shuffle(order)
        return {mask: self.score(mask, repetitions) for mask in order}

    def score(self, mask: int, repetitions: int) -> float:
        """The score of one design; a first execution of everything warms up and isn't kept."""
        board, space = self.search.board, self.search.space
        board.show(mask)
        samples = {
            query.name: _latencies(board.session, query, space.bindings[query.name], repetitions)
            for query in space.queries
        }
        bytes = space.base_bytes + sum(space.bytes[index] for index in board.indexes(mask))
        return measured_score(space.queries, samples, bytes)

    def beside(self, winner: int, rivals: Sequence[int], limit: float) -> Paired:
        """The winner's score by that of its strongest rival, in paired rounds.

        The strongest is found first, and measured afresh: the largest of several noisy ratios is too large.
        More rounds are measured until the interval tells on which side of `limit` the ratio lies.
        """
        first = self._rounds([winner, *rivals], LEAST_ROUNDS)
        strongest = max(rivals, key=lambda rival: compare(first[rival], first[winner]).ratio)
        scores: dict[int, list[float]] = {winner: [], strongest: []}
        while True:
            for mask, found in self._rounds(list(scores), LEAST_ROUNDS).items():
                scores[mask] += found
            ratio = compare(scores[strongest], scores[winner])
            if ratio.rounds >= MOST_ROUNDS or ratio.low > limit or ratio.high <= limit:
                return ratio

    def _rounds(self, masks: Sequence[int], count: int) -> dict[int, list[float]]:
        rounds = [self.scores(masks, 2) for _ in range(count)]
        return {mask: [one[mask] for one in rounds] for mask in masks}


def _latencies(
    session: Session, query: Query, bindings: Sequence[Binding], repetitions: int
) -> list[list[float]]:
    for binding in bindings:
        session.time(query, binding, timeout_ms=TIMEOUT_MS)
    rounds = [[_ms(session, query, binding) for binding in bindings] for _ in range(repetitions)]
    return [list(column) for column in zip(*rounds, strict=True)]


def _ms(session: Session, query: Query, binding: Binding) -> float:
    execution = session.time(query, binding, timeout_ms=TIMEOUT_MS)
    return FAILED_MS if execution.status is Status.FAILED else execution.ms
