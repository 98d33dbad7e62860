"""The baseline's layout, kept loaded: structures are measured beside it, in the same rounds.

Latencies of the plan memo were taken minutes apart; a machine doesn't stay the same for so long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.engines.base import Database, Session
from optimizer.measure.rounds import Contestant, Pace, run_rounds
from optimizer.model.index import Index
from optimizer.model.query import Binding, Query
from optimizer.search.finals.judging import faster_by, score_of

ROUNDS = 9
PACE = Pace(slice_ms=10.0, most=20)
WITHOUT, WITH = "without", "with"


@dataclass(frozen=True, slots=True)
class Pair:
    """Each query's part of the score's value, without structures and with them, from the same rounds.

    `sure` is True where the paired rounds tell the two apart.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    sure: bool


@dataclass(frozen=True)
class Standing:
    """A loaded database whose best design is shown (`indexes`), and a session to it."""

    database: Database
    session: Session
    indexes: frozenset[Index]

    def pair(
        self,
        session: Session,
        queries: Sequence[Query],
        bindings: Mapping[str, Sequence[Binding]],
        longest_ms: float,
        seed: int,
    ) -> Pair:
        """Measure the queries here and on the session of another database."""
        contestants = [Contestant(WITHOUT, self.session), Contestant(WITH, session)]
        pace = Pace(PACE.slice_ms, PACE.most, timeout_ms=longest_ms)
        rounds = run_rounds(contestants, queries, bindings, lambda done: done < ROUNDS, pace, seed)
        before, after = (
            {query.name: score_of(rounds, (query,), label, 0).value for query in queries}
            for label in (WITHOUT, WITH)
        )
        told = faster_by(rounds, queries, WITH, WITHOUT)
        gains = sum(after.values()) < sum(before.values())
        return Pair(before, after, told.slower if gains else not told.tied)

    def close(self) -> None:
        """Drop the database."""
        self.session.close()
        self.database.drop()
