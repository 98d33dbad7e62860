from __future__ import annotations

from math import nan

import pytest

from bench.figure import Figure, Goal, at_least, at_most, number


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (at_least(1.0), 1.0, True),
        (at_least(1.0), 0.99, False),
        (at_most(1.5), 1.5, True),
        (at_most(1.5), 1.51, False),
        (at_least(0.0), nan, False),
        (at_most(0.0), nan, False),
    ],
)
def test_a_goal_is_met_up_to_its_bound_and_never_by_nothing(goal: Goal, value: float, met: bool) -> None:
    assert Figure("figure", value, "unit", goal).met is met


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (1.256, "1.26"),
        (99.47, "99.47"),
        (100.0, "100"),
        (1_234_567.8, "1,234,568"),
        (12_345_678_901.0, "1.2e+10"),
        (nan, "none"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_a_goal_tells_its_direction() -> None:
    assert [str(at_least(97.0)), str(at_most(1.5))] == ["≥ 97", "≤ 1.5"]
