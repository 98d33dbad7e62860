"""Figures as people read them."""

from __future__ import annotations

import pytest

from optimizer.model.result import Effect
from optimizer.report import words
from tests.report.made_up import ENGINE, HISTORY, PLACE, WINNING, latency


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0 ms"),
        (0.04567, "0.0457 ms"),
        (1.9, "1.9 ms"),
        (410.4, "410 ms"),
        (12345.0, "12.3 s"),
    ],
)
def test_milliseconds(value: float | None, text: str) -> None:
    assert words.milliseconds(value) == text


@pytest.mark.parametrize("value", [999.4, 999.6, 999.96, 1000.0, 99_999.0, 1e6])
def test_no_figure_is_in_powers_of_ten(value: float) -> None:
    assert "e" not in words.milliseconds(value)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (1.23456, 3, "1.23"),
        (999.6, 3, "1000"),
        (164321.7, 4, "164322"),
        (-12345.0, 3, "-12345"),
        (0.0, 3, "0"),
    ],
)
def test_figures_have_no_powers_of_ten(value: float, digits: int, text: str) -> None:
    assert words.figure(value, digits) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (None, "-"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1 << 20, "1 MiB"),
        (1020 << 10, "1020 KiB"),
        (5 << 30, "5 GiB"),
    ],
)
def test_sizes(count: int | None, text: str) -> None:
    assert words.size(count) == text


def test_a_latency_that_was_stopped_is_a_lower_bound() -> None:
    assert words.at_target(latency(10.0)) == "30 ms"
    assert words.at_target(latency(10.0, censored=1)) == "> 30 ms"
    assert words.at_target(None) == "failed"


def test_verdicts() -> None:
    labels = ("winner", "baseline", "given", "nobody")
    assert [words.verdict(HISTORY, label) for label in labels] == ["met", "missed", "undecided", "undecided"]


def test_reasons_are_what_it_gains_what_it_costs_and_how_big_it_is() -> None:
    assert words.reasons(WINNING) == (
        "order_history: 410 ms → 1.9 ms (216 times faster)",
        "costs place_order: 1 ms → 1.04 ms (+4.0 %)",
        "size 3 MiB",
    )
    assert words.effect(Effect("q", 1.0, 0.99)) == "q: 1 ms → 0.99 ms"
    assert words.effect(Effect("q", 6000.0, 1.0)) == "q: 6 s → 1 ms (6000 times faster)"
    assert words.effect(Effect("q", 1.0, 0.0)) == "q: 1 ms → 0 ms"
    hot = Effect("q", 3.0, 1.0, sure=False, over_target_ms=34.1)
    assert words.effect(hot) == "q: 3 ms → 1 ms, and over its target without it: 34.1 ms"


@pytest.mark.parametrize(
    ("effect", "text"),
    [
        (Effect("q", 1.0, 1.04), "costs q: 1 ms → 1.04 ms (+4.0 %)"),
        (Effect("q", 0.818, 0.791), "costs q nothing: 0.818 ms → 0.791 ms (3.3 % faster)"),
        (Effect("q", 1.0, 1.04, sure=False), "costs q nothing that could be measured: 1 ms → 1.04 ms"),
        (
            Effect("q", 0.818, 0.791, sure=False),
            "costs q nothing that could be measured: 0.818 ms → 0.791 ms",
        ),
    ],
    ids=["slower", "faster", "perhaps slower", "perhaps faster"],
)
def test_what_makes_a_write_faster_is_no_cost(effect: Effect, text: str) -> None:
    assert words.cost(effect) == text


def test_a_gain_needs_two_figures() -> None:
    assert words.gain(ENGINE, HISTORY, "baseline") == "216x"
    assert words.gain(ENGINE, HISTORY, "dba") == "-"
    assert words.gain(ENGINE, PLACE, "given") == "1x"


def test_the_winner_stands_last() -> None:
    assert words.labels(ENGINE) == ("baseline", "given", "dba", "winner")
