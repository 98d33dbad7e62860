"""Ranks and counts beside published tables."""

import pytest

from optimizer.statistics.binomial import allowed_exceedances, interval_ranks


@pytest.mark.parametrize(
    ("n", "p", "ranks"),
    [(200, 0.95, (184, 197)), (1000, 0.95, (936, 964)), (1000, 0.99, (983, 997)), (6, 0.5, (1, 6))],
)
def test_ranks_enclose_the_quantile(n: int, p: float, ranks: tuple[int, int]) -> None:
    assert interval_ranks(n, p) == ranks


@pytest.mark.parametrize("n", [1, 2, 5])
def test_a_small_sample_bounds_no_median(n: int) -> None:
    low, high = interval_ranks(n, 0.5)
    assert low == 0
    assert high == n + 1


@pytest.mark.parametrize(
    ("n", "percentile", "most"),
    [
        (58, 95, -1),
        (60, 95, 0),
        (100, 95, 1),
        (200, 95, 4),
        (1000, 95, 38),
        (298, 99, -1),
        (300, 99, 0),
        (500, 99, 1),
        (1000, 99, 4),
    ],
)
def test_claims_need_samples(n: int, percentile: float, most: int) -> None:
    assert allowed_exceedances(n, percentile) == most
