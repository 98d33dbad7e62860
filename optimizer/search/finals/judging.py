"""From rounds to a verdict: scores, ties, and the simplest of a tie."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import FAILED_MS
from optimizer.model.query import Query
from optimizer.search.finals.staging import Finalist
from optimizer.search.score import QueryFigures, Score, score
from optimizer.statistics.paired import Paired, compare
from optimizer.statistics.percentiles import latency


def score_of(rounds: Rounds, queries: Sequence[Query], label: str, bytes: int) -> Score:
    """The score of a contestant by all executions of the rounds and its bytes on disk."""
    return score([_figures(rounds, query, label) for query in queries], bytes)


def _figures(rounds: Rounds, query: Query, label: str) -> QueryFigures:
    found = latency(rounds.executions(label, query.name), query.target.percentile)
    at, mean = (FAILED_MS, FAILED_MS) if found is None else (found.at_ms, found.mean_ms)
    return QueryFigures(query.share, query.target.ms, at, mean)


def weighted(rounds: Rounds, queries: Sequence[Query], label: str, other: str) -> list[float]:
    """The weighted latency of each round: the means of its queries, by their shares.

    Only executions count that the other contestant has too: those of the same parameter values.
    """
    series = np.array([means(rounds, query.name, label, other) for query in queries])
    totals: list[float] = (np.array([query.share for query in queries]) @ series).tolist()
    return totals


def means(rounds: Rounds, query: str, label: str, other: str) -> list[float]:
    """The mean latency of each round, of the executions that the other contestant has too."""
    pairs = zip(rounds.by_key[label, query], rounds.by_key[other, query], strict=False)
    return [fmean(e.counted_ms for e in mine[: len(theirs)]) for mine, theirs in pairs]


def faster_by(rounds: Rounds, queries: Sequence[Query], first: str, second: str) -> Paired:
    """How the weighted latency of `second` compares with that of `first`, round by round.

    Queries that fail on both, or never end on both, tell nothing and are left out.
    """
    telling = [
        query
        for query in queries
        if min(max(rounds.medians(label, query.name)) for label in (first, second)) < FAILED_MS
        and not all(rounds.hopeless((label, query.name)) for label in (first, second))
    ]
    return compare(weighted(rounds, telling, first, second), weighted(rounds, telling, second, first))


def _complexity(finalist: Finalist) -> tuple[int, int, int]:
    return len(finalist.design.structures), len(finalist.design.indexes), finalist.bytes


def winner_of(
    rounds: Rounds, queries: Sequence[Query], finalists: Sequence[Finalist]
) -> tuple[Finalist, tuple[str, ...]]:
    """The simplest finalist that can't be told apart from the best by score, and those it ties with.

    Two are told apart where one misses more of the traffic's targets, or the paired rounds say that its
    weighted latency is higher. Simplest: fewest structures, then fewest indexes, then fewest bytes.
    """
    scores = {
        finalist.label: score_of(rounds, queries, finalist.label, finalist.bytes) for finalist in finalists
    }
    best = min(finalists, key=lambda finalist: scores[finalist.label].value)
    tied = [
        finalist
        for finalist in finalists
        if finalist is best
        or (
            scores[finalist.label].missed_share <= scores[best.label].missed_share
            and not faster_by(rounds, queries, best.label, finalist.label).slower
        )
    ]
    simplest = min(tied, key=_complexity)
    return simplest, tuple(finalist.label for finalist in tied if finalist is not simplest)
