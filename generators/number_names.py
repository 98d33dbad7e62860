"""What ordinary names of numeric and boolean columns hold."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from generators.choices import Booleans, Choices
from generators.constant import Sequence
from generators.errors import SpecError
from generators.generator import Generator
from generators.numbers import DistinctInts, Lognormal, Normal, Uniform, UniformInts
from generators.shape import INTEGERS, ColumnShape
from generators.zipf import Zipf

Maker = Callable[[ColumnShape], Generator]


def number(shape: ColumnShape) -> Generator:
    """A generator for a numeric column, by its limits, its name, its type."""
    if shape.unique:
        return _unique(shape)
    for pattern, maker in _RULES:
        if pattern.search(shape.name.lower()):
            return maker(shape)
    return _spread(shape)


def boolean(shape: ColumnShape) -> Generator:
    """True as often as the name suggests; half of the rows where it suggests nothing."""
    name = shape.name.lower()
    if re.search(r"delet|archiv|block|bann|lock|hidden|spam|test|fail|error|refund|expired|revoked", name):
        return Booleans(0.05)
    if re.search(r"active|enabled|verified|published|confirmed|visible|available|valid|success", name):
        return Booleans(0.9)
    if re.search(r"default|primary|main|admin|featured|premium", name):
        return Booleans(0.1)
    return Booleans(0.5)


def limits(shape: ColumnShape, low: float, high: float) -> tuple[float, float]:
    """The limits low and high where the column's own leave them; else the column's own."""
    if shape.low is not None or shape.high is not None:
        width = high - low
        low = shape.low if shape.low is not None else min(low, shape.greatest - width)
        high = shape.high if shape.high is not None else max(high, low + width)
    low, high = max(low, shape.least), min(high, shape.greatest)
    if low > high:
        raise SpecError(f"no number is allowed in {shape.name!r}")
    return low, high


def _unique(shape: ColumnShape) -> Generator:
    """Numbers counted up for whole columns without limits, else shuffled within the limits."""
    low, high = shape.least, shape.greatest
    if shape.base not in INTEGERS and shape.base != "numeric":
        return DistinctInts(1, max(1, shape.rows))
    first = int(np.ceil(max(low, 1 if high >= shape.rows else low)))
    if high - first + 1 < shape.rows:
        raise SpecError(f"the column is unique, but {shape.rows} numbers don't fit {low:g} to {high:g}")
    if shape.low is None and shape.high is None:
        return Sequence(first)
    return DistinctInts(first, int(min(high, first + 2 * shape.rows)))


def _spread(shape: ColumnShape) -> Generator:
    return _between(0, 1000)(shape)


def _between(low: float, high: float) -> Maker:
    def make(shape: ColumnShape) -> Generator:
        least, most = limits(shape, low, high)
        if shape.base in INTEGERS:
            return UniformInts(int(np.ceil(least)), int(most))
        return Uniform(least, most, shape.digits)

    return make


def _lognormal(median: float, sigma: float) -> Maker:
    """Skewed to the right around the median; uniform where the column's limits leave it no room."""

    def make(shape: ColumnShape) -> Generator:
        least, most = max(0.0, shape.least), min(shape.greatest, 1e15)
        if most <= median:
            return _between(0, most)(shape)
        return Lognormal(max(median, least * 2), sigma, least, most, shape.digits)

    return make


def _few(high: int) -> Maker:
    """Small numbers, the smallest ones most often."""

    def make(shape: ColumnShape) -> Generator:
        least, most = limits(shape, 1, high)
        return Zipf(int(np.ceil(least)), int(most), 1.2)

    return make


def _rating(shape: ColumnShape) -> Generator:
    least, most = limits(shape, 1, 5)
    if least > 1 or most != 5:
        return _between(least, most)(shape)
    return Choices((1, 2, 3, 4, 5), (6.0, 6.0, 14.0, 32.0, 42.0))


def _age(shape: ColumnShape) -> Generator:
    least, most = limits(shape, 18, 90)
    return Normal(min(max(40.0, least), most), 14.0, least, most, 0)


def _percent(shape: ColumnShape) -> Generator:
    fits = shape.greatest >= 100
    return _between(0, 100 if fits else min(1.0, shape.greatest))(shape)


_RULES: tuple[tuple[re.Pattern[str], Maker], ...] = tuple(
    (re.compile(pattern), maker)
    for pattern, maker in (
        (r"(^|_)lat(itude)?$", _between(-60, 70)),
        (r"(^|_)(lon|lng|long)(gitude)?$|longitude", _between(-180, 180)),
        (r"rating|stars", _rating),
        (r"(^|_)age$", _age),
        (r"year", _between(2000, 2025)),
        (r"month", _between(1, 12)),
        (r"percent|pct|discount|(^|_)rate$|ratio|probability|confidence", _percent),
        (r"version|revision|attempt|retr", _few(20)),
        (r"position|sort|ordinal|sequence|rank|(^|_)(index|order)$", _between(1, 100)),
        (r"stock|inventory|on_hand|available|reserved", _between(0, 500)),
        (r"quantity|qty|(^|_)items?$|seats|guests", _few(10)),
        (r"price|cost|amount|total|tax|fee|salary|revenue|balance|budget|credit|debit|paid|spent|(^|_)value$",
         _lognormal(60, 0.8)),
        (r"duration|elapsed|latency|(^|_)(ms|seconds|minutes|time)$", _lognormal(200, 1.0)),
        (r"count|views|likes|shares|clicks|hits|downloads|num_|followers", _lognormal(20, 1.5)),
        (r"size|bytes|length|width|height|depth|weight|distance|volume", _lognormal(100, 1.0)),
        (r"temperature", lambda shape: Normal(18.0, 8.0, *limits(shape, -40, 60), shape.digits)),
        (r"score", _between(0, 100)),
    )
)  # fmt: skip
