"""Designs measured each by itself: shown, executed and scored, nothing taken from another design."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

import psycopg

from bench.measured_score import measured_score
from bench.workbench import Loaded
from optimizer.engines.base import Session
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.search.index_search import IndexSearch
from optimizer.statistics.paired import Paired, compare

FAILED_MS = 3_600_000.0
TIMEOUT_MS = 5_000.0
LEAST_ROUNDS, MOST_ROUNDS = 9, 31


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
        board, structure = self.search.board, self.search.structure
        board.show(mask)
        samples = {
            query.name: _latencies(board.session, query, structure.bindings[query.name], repetitions)
            for query in structure.queries
        }
        bytes = structure.base_bytes + sum(structure.bytes[index] for index in board.indexes(mask))
        return measured_score(structure.queries, samples, bytes)

    def beside(self, winner: int, rivals: Sequence[int], limit: float) -> Paired:
        """The winner's score by that of its strongest rival, in paired rounds.

        More rounds are measured until the interval tells on which side of `limit` the ratio lies.
        """
        scores: dict[int, list[float]] = {mask: [] for mask in (winner, *rivals)}
        while True:
            for mask, value in self.scores(scores, 2).items():
                scores[mask].append(value)
            ratios = [compare(scores[rival], scores[winner]) for rival in rivals]
            worst = max(ratios, key=lambda paired: paired.ratio)
            decided = worst.low > limit or worst.high <= limit
            if worst.rounds >= MOST_ROUNDS or (worst.rounds >= LEAST_ROUNDS and decided):
                return worst


def vacuum(loaded: Loaded) -> None:
    """Take away what rolled-back writes left; all indexes have to be shown for it."""
    loaded.database.show(loaded.built)
    with psycopg.connect(loaded.database.opener().conninfo, autocommit=True) as connection:
        connection.execute("VACUUM")


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
