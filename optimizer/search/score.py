"""The score of a design: one number in milliseconds, the lower the better.

score = 1000 · Σ share · (1 + log2(L / T)) over the queries that miss their target + Σ share · mean over all
queries + 0.1 per GiB. L is a query's latency at its own percentile, T its target, mean its mean latency, all
in milliseconds; share is its part of the mix, so that the second sum is the mean latency of all executions,
reads and writes alike. Missed targets come first: a query that just misses costs as much as a second on each
of its executions, and once more with each doubling. The last term prices the bytes of data and indexes, so
that of two designs that are equally fast the smaller one wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log2

MISS_MS = 1000.0
"""What a missed target costs per unit of share, and each doubling beyond it."""

MS_PER_GIB = 0.1
"""The price of storage."""


@dataclass(frozen=True, slots=True)
class QueryFigures:
    """What the score has to know of a query; `at_percentile_ms` is at the percentile of its target.

    Latencies are infinite where the query couldn't be run.
    """

    share: float
    target_ms: float
    at_percentile_ms: float
    mean_ms: float


@dataclass(frozen=True, slots=True)
class Score:
    """A score and its parts.

    `missed_share` is the traffic whose target is missed, `excess` Σ share · log2(L / T) over it,
    `latency_ms` the mean of all executions, `storage_ms` the price of the bytes.
    """

    missed_share: float
    excess: float
    latency_ms: float
    storage_ms: float

    @property
    def value(self) -> float:
        """The one number; lower is better."""
        return MISS_MS * (self.missed_share + self.excess) + self.latency_ms + self.storage_ms


def score(queries: Sequence[QueryFigures], bytes: int) -> Score:
    """The score of a design with these figures and so many bytes of data and indexes."""
    missed = [query for query in queries if query.at_percentile_ms > query.target_ms]
    return Score(
        missed_share=sum(query.share for query in missed),
        excess=sum(query.share * _doublings(query) for query in missed),
        latency_ms=sum(query.share * query.mean_ms for query in queries),
        storage_ms=storage_price(bytes),
    )


def contribution(query: QueryFigures) -> float:
    """One query's part of the score's value; it never falls when a latency rises."""
    return score((query,), 0).value


def storage_price(bytes: int) -> float:
    """The part of the score's value that these bytes are."""
    return MS_PER_GIB * bytes / 2**30


def _doublings(query: QueryFigures) -> float:
    return log2(query.at_percentile_ms / query.target_ms) if query.at_percentile_ms < inf else inf
