"""Generators that keep another generator's values within limits."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from generators.generator import Generator
from generators.numbers import DistinctInts, Uniform, UniformInts
from generators.stream import Stream
from generators.times import DAY_MS, NOW, Dates, DistinctMoments, Moments, milliseconds
from optimizer.dataset.constraints.bounds import Bounds, Number, bounds, number
from optimizer.dataset.constraints.conversion import convert
from optimizer.dataset.constraints.limits import Limits
from optimizer.dataset.constraints.literals import NUMBERS
from optimizer.dataset.constraints.matching import matching
from optimizer.dataset.constraints.types import INTEGERS, TIMES, dtype
from optimizer.model.schema import Column, ColumnType

_SAMPLE = 2_000
_CROWDED = 0.3
"""The share of values at the ends of a range above which another distribution is taken."""

_SPAN_MS = 2 * 365 * DAY_MS


def fitted(inner: Generator, column: Column, limits: Limits, rows: int, *, unique: bool) -> Generator:
    """The generator that was inferred, or one like it that keeps to the limits."""
    kind = column.type
    if kind.array:
        return inner
    if kind.base in TIMES:
        return _times(inner, bounds(limits, kind), kind, rows, unique=unique)
    if kind.base in NUMBERS:
        excluded = tuple(n for v in limits.excluded if (n := number(v, kind)) is not None)
        return _numbers(inner, bounds(limits, kind), excluded, kind, rows, unique=unique)
    if limits.min_length > 1 or limits.max_length is not None:
        inner = Sized(inner, limits.min_length, limits.max_length)
    if not limits.patterns:
        return inner
    lengths = [n for n in (kind.length, limits.max_length) if n is not None]
    return matching(inner, limits.patterns, min(lengths, default=None), unique=unique)


def _numbers(
    inner: Generator, ends: Bounds, excluded: tuple[Number, ...], kind: ColumnType, rows: int, *, unique: bool
) -> Generator:
    if ends.low is None and ends.high is None and not excluded:
        return inner
    if unique and kind.base in INTEGERS:
        low = int(ends.low) if ends.low is not None else min(0, int(ends.high or 0) - rows)
        high = int(ends.high) if ends.high is not None else low + max(10 * rows, 1000)
        return DistinctInts(low, high)
    clamped = Clamped(inner, kind, ends, excluded)
    if unique or not _crowded(clamped, kind):
        return clamped
    return Clamped(_uniform(ends, kind), kind, ends, excluded)


def _crowded(clamped: Clamped, kind: ColumnType) -> bool:
    """True where too many values lie at the ends of the range."""
    sample = units(clamped.draw(Stream(0, "sample", ""), 0, _SAMPLE), kind).drop_nulls()
    ends = [float(end) for end in (clamped.bounds.low, clamped.bounds.high) if end is not None]
    if len(ends) == 2 and ends[1] - ends[0] < 10 * float(clamped.bounds.step):
        return False
    at_ends = int(sample.cast(pl.Float64).is_in(ends).sum())
    return at_ends > _CROWDED * max(1, len(sample))


def _uniform(ends: Bounds, kind: ColumnType) -> Generator:
    low = float(ends.low if ends.low is not None else (ends.high or 0) - 100)
    high = low + max(100, abs(low) * 2) if ends.high is None else float(ends.high)
    if kind.base in INTEGERS:
        return UniformInts(int(low), int(high))
    return Uniform(low, high, -Decimal(ends.step).adjusted())


def _times(inner: Generator, ends: Bounds, kind: ColumnType, rows: int, *, unique: bool) -> Generator:
    """Moments within the bounds and the two years before the present, or within the bounds alone."""
    if ends.low is None and ends.high is None:
        return inner
    unit = DAY_MS if kind.base == "date" else 1
    low = None if ends.low is None else int(ends.low) * unit
    high = None if ends.high is None else (int(ends.high) + 1) * unit
    start, end = _span(low, high)
    utc = kind.base == "timestamptz"
    if kind.base == "date":
        return Clamped(Dates(Moments(start, end, "recent")), kind, ends)
    if unique:
        return DistinctMoments(start, end, utc)
    return Moments(start, end, "none", utc, ordered=rows)


def _span(low: int | None, high: int | None) -> tuple[int, int]:
    now = milliseconds(NOW)
    start = max(now - _SPAN_MS, low if low is not None else now - _SPAN_MS)
    end = min(now, high if high is not None else now)
    if start < end:
        return start, end
    if low is not None:
        return low, high if high is not None else low + _SPAN_MS
    return (high or now) - _SPAN_MS, high or now


@dataclass(frozen=True, slots=True)
class Clamped(Generator):
    """Numbers or times, those outside of the bounds moved to the nearer end; `excluded` ones a step up."""

    inner: Generator
    type: ColumnType
    bounds: Bounds
    excluded: tuple[Number, ...] = ()

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        values = units(self.inner.draw(stream, first, rows), self.type)
        low, high = self.bounds.low, self.bounds.high
        values = values.clip(low, high)
        for unwanted in self.excluded:
            beyond = high is not None and unwanted + self.bounds.step > high
            other = unwanted + (-self.bounds.step if beyond else self.bounds.step)
            hit = (values == unwanted).fill_null(False)
            values = values.zip_with(~hit, pl.Series([other], dtype=values.dtype).new_from_index(0, rows))
        return values.cast(dtype(self.type))


@dataclass(frozen=True, slots=True)
class Sized(Generator):
    """Text of `least` to `most` characters: the short filled up with letters, the long cut off."""

    inner: Generator
    least: int
    most: int | None

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        values = self.inner.draw(stream, first, rows).cast(pl.String).str.pad_end(self.least, "x")
        return values if self.most is None else values.str.slice(0, self.most)


def units(values: pl.Series, kind: ColumnType) -> pl.Series:
    """Values as plain numbers in the column's unit: milliseconds of a timestamp, days of a date."""
    values = convert(values, kind)
    if kind.base == "date":
        return values.cast(pl.Int32).cast(pl.Int64)
    return values.cast(pl.Int64) if kind.base in TIMES else values
