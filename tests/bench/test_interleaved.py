from __future__ import annotations

import pytest

from bench.interleaved import ratio, take_turns


def test_the_order_of_the_sides_turns_round_every_round() -> None:
    asked: list[str] = []

    def side(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    series = take_turns({"a": lambda: side("a"), "b": lambda: side("b")}, 3)

    assert asked == ["a", "b", "b", "a", "a", "b"]
    assert series == {"a": [1.0, 4.0, 5.0], "b": [2.0, 3.0, 6.0]}


def test_the_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    """A round in which the whole machine was slow counts as any other."""
    series = {"a": [2.0, 200.0, 3.0], "b": [1.0, 100.0, 1.0]}

    assert ratio(series, "a", "b") == pytest.approx(2.0)
