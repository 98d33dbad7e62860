"""What the loop that builds and drops spends."""

from __future__ import annotations

from bench.build_and_drop import Round, middle

SLOW, USUAL, FAST = Round(9.0, 1.0, 0.0), Round(1.0, 2.0, 1.0), Round(0.5, 0.5, 0.5)


def test_a_round_is_all_that_the_loop_spends() -> None:
    assert USUAL.total == 4.0


def test_the_middle_round_is_the_median_and_of_two_the_faster() -> None:
    """The faster one is the loop's better side."""
    assert middle([SLOW, FAST, USUAL]) is USUAL
    assert middle([SLOW, FAST]) is FAST
    assert middle([USUAL]) is USUAL
