"""Readings as the Time Series Benchmark Suite makes them: every series reports at every tick, values walk.

Row n is the reading of series n modulo their number, so the rows are in the order of their times, and a
smaller scale is a shorter time. https://github.com/timescale/tsbs has the originals.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import polars as pl

HOSTS = 100
HOSTS_START = dt.datetime(2025, 12, 30, 20, 13, 20, tzinfo=dt.UTC)
HOST_SECONDS = 10

TRUCKS = 50
TRUCKS_START = dt.datetime(2025, 12, 25, 1, 20, tzinfo=dt.UTC)
TRUCK_SECONDS = 60

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def host_time(rng: np.random.Generator, rows: int, first: int) -> pl.Series:
    """When all hosts reported last; a million readings end with 2025."""
    return _times(HOSTS_START, HOST_SECONDS, HOSTS, rows, first)


def host(rng: np.random.Generator, rows: int, first: int) -> Ints:
    """The hosts' keys, one after the other."""
    return _series(HOSTS, rows, first)


def usage(rng: np.random.Generator, rows: int, first: int) -> Floats:
    """Whole percents of a walk from 0 to 100 with steps of about one: a tenth of them is over 90."""
    return np.rint(_walk(rng, rows, first, HOSTS, (0, 100), 1))


def hostname(rng: np.random.Generator, rows: int, first: int) -> list[str]:
    """The names of hosts, all as likely."""
    return [f"host_{number}" for number in rng.integers(0, HOSTS, rows)]


def truck_time(rng: np.random.Generator, rows: int, first: int) -> pl.Series:
    """When all trucks reported last; half a million readings end with 2025."""
    return _times(TRUCKS_START, TRUCK_SECONDS, TRUCKS, rows, first)


def truck(rng: np.random.Generator, rows: int, first: int) -> Ints:
    """The trucks' keys, one after the other."""
    return _series(TRUCKS, rows, first)


def velocity(rng: np.random.Generator, rows: int, first: int) -> Floats:
    """Kilometres an hour; a truck that stands does so for hours."""
    return np.maximum(_walk(rng, rows, first, TRUCKS, (-60, 100), 5), 0).round(1)


def fuel_consumption(rng: np.random.Generator, rows: int, first: int) -> Floats:
    """Litres in 100 kilometres."""
    return _walk(rng, rows, first, TRUCKS, (5, 50), 1).round(1)


def fuel_state(rng: np.random.Generator, rows: int, first: int) -> Floats:
    """How full the tank is, from 0 to 1."""
    return _walk(rng, rows, first, TRUCKS, (0, 1), 0.01).round(3)


def current_load(rng: np.random.Generator, rows: int, first: int) -> Floats:
    """Kilograms, at most what the smallest trucks take; trucks are often full, or empty."""
    return np.clip(_walk(rng, rows, first, TRUCKS, (-500, 2000), 20), 0, 1500).round()


def status(rng: np.random.Generator, rows: int, first: int) -> Ints:
    """From 0, broken down, to 5."""
    return np.maximum(_walk(rng, rows, first, TRUCKS, (-1, 5.9), 0.2), 0).astype(np.int64)


def _times(start: dt.datetime, seconds: int, series: int, rows: int, first: int) -> pl.Series:
    ticks = np.arange(first, first + rows) // series
    milliseconds = int(start.timestamp()) * 1000 + ticks * (seconds * 1000)
    return pl.Series(milliseconds).cast(pl.Datetime("ms", "UTC"))


def _series(series: int, rows: int, first: int) -> Ints:
    return 1 + np.arange(first, first + rows, dtype=np.int64) % series


def _walk(
    rng: np.random.Generator,
    rows: int,
    first: int,
    series: int,
    ends: tuple[float, float],
    step: float,
) -> Floats:
    """For each series normal steps of deviation `step` from anywhere between `ends`, never beyond them.

    With each block of rows the walks begin anew.
    """
    tick, last = first // series, (first + rows - 1) // series
    steps = rng.normal(0, step, (last - tick + 1, series))
    at = rng.uniform(*ends, series)
    for row in steps:
        at = np.clip(at + row, *ends)
        row[:] = at
    start = first - tick * series
    return steps.ravel()[start : start + rows]
