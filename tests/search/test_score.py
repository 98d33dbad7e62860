import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.search.score import QueryFigures, contribution, score, storage_price

MS = st.floats(0.01, 1e6)
FIGURES = st.builds(QueryFigures, share=st.floats(0.001, 1), target_ms=MS, at_percentile_ms=MS, mean_ms=MS)


def test_targets_kept_cost_the_mean_latency_and_the_bytes() -> None:
    kept = score([QueryFigures(0.75, 100, 99, 4), QueryFigures(0.25, 100, 100, 8)], 5 * 2**30)
    assert kept.missed_share == kept.excess == 0
    assert kept.latency_ms == pytest.approx(5)
    assert kept.value == pytest.approx(5 + 0.5)


def test_a_miss_costs_a_second_and_another_with_each_doubling() -> None:
    missed = score([QueryFigures(0.1, 10, 40, 20), QueryFigures(0.9, 10, 5, 1)], 0)
    assert missed.missed_share == pytest.approx(0.1)
    assert missed.excess == pytest.approx(0.2)
    assert missed.value == pytest.approx(1000 * 0.3 + 0.1 * 20 + 0.9)


def test_a_query_that_could_not_run_makes_the_score_infinite() -> None:
    assert score([QueryFigures(0.1, 10, math.inf, math.inf)], 0).value == math.inf


@given(FIGURES, st.floats(1, 100), st.floats(1, 100))
def test_never_falls_when_a_latency_rises(figures: QueryFigures, slower: float, mean: float) -> None:
    worse = QueryFigures(
        figures.share, figures.target_ms, figures.at_percentile_ms * slower, figures.mean_ms * mean
    )
    assert contribution(worse) >= contribution(figures)


@given(st.lists(FIGURES, max_size=6), st.integers(0, 2**40))
def test_is_the_sum_of_its_parts(queries: list[QueryFigures], bytes_: int) -> None:
    parts = sum(contribution(query) for query in queries) + storage_price(bytes_)
    assert score(queries, bytes_).value == pytest.approx(parts)
