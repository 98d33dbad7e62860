"""Dates, times, moments and intervals; all moments are whole milliseconds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Block, Blockwise, Floats, Generator, Ints
from generators.permutation import permutation
from generators.stream import Stream

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The present of everything generated."""

SKEWS = ("none", "recent")
DAY_MS = 86_400_000


def milliseconds(moment: dt.datetime | dt.date) -> int:
    """Milliseconds since 1970; a moment without a zone is taken as UTC."""
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Moments(Blockwise):
    """Moments from `start` to before `end` (milliseconds since 1970), naive or in UTC.

    With `recent` the density grows towards the end with the third power of the time since the start: a
    third of the rows lie in the last tenth. With `ordered` a number of rows, later rows have later moments,
    as where rows are appended; `lag` then adds an exponentially distributed delay of that mean (and never
    goes beyond the end), for columns such as updated_at.
    """

    start: int
    end: int
    skew: str = "none"
    utc: bool = False
    ordered: int = 0
    lag: int = 0

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise SpecError("the end must be after the start")

    def values(self, block: Block) -> pl.Series:
        parts = self._parts(block)
        moments = self.start + np.floor((self.end - self.start) * parts).astype(np.int64)
        if self.lag:
            moments += block.rng.exponential(self.lag, block.rows).astype(np.int64)
        return pl.Series(np.minimum(moments, self.end - 1)).cast(_moment(self.utc))

    def _parts(self, block: Block) -> Floats:
        """How far each moment lies between start and end; square roots round alike everywhere."""
        drawn = block.rng.random(block.rows)
        if self.ordered:
            drawn = np.minimum((block.indices + (1.0 if self.lag else drawn)) / self.ordered, 1.0)
        return np.sqrt(np.sqrt(drawn)) if self.skew == "recent" else drawn


@dataclass(frozen=True, slots=True)
class DistinctMoments(Generator):
    """Moments from `start` on, no two alike, in no visible order; beyond `end` it goes on."""

    start: int
    end: int
    utc: bool = False

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        shuffle = permutation(self.end - self.start, stream.key)
        moments = self.start + shuffle(np.arange(first, first + rows, dtype=np.int64))
        return pl.Series(moments).cast(_moment(self.utc))


@dataclass(frozen=True, slots=True)
class Dates(Blockwise):
    """The days of moments."""

    moments: Moments

    def values(self, block: Block) -> pl.Series:
        return self.moments.values(block).dt.date()


@dataclass(frozen=True, slots=True)
class DistinctDates(Generator):
    """Days from `start` on, no two alike, in no visible order; after `end` (excluded) it goes on."""

    start: dt.date
    end: dt.date

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        shuffle = permutation((self.end - self.start).days, stream.key)
        days: Ints = milliseconds(self.start) // DAY_MS + shuffle(
            np.arange(first, first + rows, dtype=np.int64)
        )
        return pl.Series(days.astype(np.int32)).cast(pl.Date)


@dataclass(frozen=True, slots=True)
class Times(Blockwise):
    """Times of day, whole seconds, from `start` to `end`, both included."""

    start: dt.time = dt.time(0)
    end: dt.time = dt.time(23, 59, 59)

    def values(self, block: Block) -> pl.Series:
        low, high = (t.hour * 3600 + t.minute * 60 + t.second for t in (self.start, self.end))
        seconds = block.rng.integers(low, high, block.rows, endpoint=True)
        return pl.Series(seconds * 1_000_000_000).cast(pl.Time)


@dataclass(frozen=True, slots=True)
class Intervals(Blockwise):
    """Lengths of time, whole seconds, from `low` to `high`, both included."""

    low_s: int
    high_s: int

    def values(self, block: Block) -> pl.Series:
        seconds = block.rng.integers(self.low_s, self.high_s, block.rows, endpoint=True)
        return pl.Series(seconds * 1000).cast(pl.Duration("ms"))


def _moment(utc: bool) -> pl.Datetime:
    return pl.Datetime("ms", "UTC" if utc else None)
