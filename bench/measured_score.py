"""The score of a design by its own executions. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from optimizer.model.query import Query
from optimizer.search.score import QueryFigures, score
from optimizer.statistics.percentiles import nearest_rank

Samples = Mapping[str, Sequence[Sequence[float]]]
"""Latencies in milliseconds: by query, then by binding, all repetitions."""


def measured_score(queries: Sequence[Query], samples: Samples, bytes: int) -> float:
    """The score's value, each binding standing with the median of its repetitions, as in the search."""
    return score([_figures(query, samples[query.name]) for query in queries], bytes).value


def _figures(query: Query, by_binding: Sequence[Sequence[float]]) -> QueryFigures:
    middle = sorted(statistics.median(repetitions) for repetitions in by_binding)
    at = nearest_rank(middle, query.target.percentile)
    return QueryFigures(query.share, query.target.ms, at, statistics.fmean(middle))
