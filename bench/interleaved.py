"""Two or more sides measured in turns, so that a drifting machine falls on all alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

Side = Callable[[], float]
"""Measures once and gives the value, above zero."""

Series = dict[str, list[float]]
"""The values of each side, by its name, one a round."""


def take_turns(sides: Mapping[str, Side], rounds: int) -> Series:
    """Measure every side once a round; the order turns round from one round to the next."""
    series: Series = {name: [] for name in sides}
    for number in range(rounds):
        names = list(sides)
        for name in names if number % 2 == 0 else reversed(names):
            series[name].append(sides[name]())
    return series


def ratio(series: Mapping[str, list[float]], first: str, second: str) -> float:
    """The median, over the rounds, of the value of `first` by that of `second`."""
    pairs = zip(series[first], series[second], strict=True)
    return statistics.median(one / other for one, other in pairs)
