"""Python values (of a workload file, of Faker, of a user's function) as a Polars column."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

Value = Any
"""A scalar as YAML or Faker gives it: str, int, float, bool, Decimal, date, datetime, time, None ..."""

_PLAIN = (str, bool, int, float, Decimal, dt.datetime, dt.date, dt.time, dt.timedelta, bytes)


def series_of(values: Sequence[Value]) -> pl.Series:
    """A column of the values' common type; values of different types become text.

    Datetimes are cut to milliseconds, those with a zone turned to UTC; mappings become JSON.
    """
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or (len(kinds) == 1 and kinds <= set(_PLAIN)):
        return _milliseconds(pl.Series(values, strict=False))
    if kinds and kinds <= {list, tuple}:
        return pl.Series([None if value is None else list(value) for value in values], strict=False)
    return pl.Series([None if value is None else text_of(value) for value in values], dtype=pl.String)


def text_of(value: Value) -> str:
    """The value as PostgreSQL writes it: true, 2025-01-01, {"a":1}."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        return json_of(value)
    return value.decode() if isinstance(value, bytes) else str(value)


def json_of(value: Value) -> str:
    """Compact JSON; what JSON doesn't have becomes a string."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=text_of)


def _milliseconds(series: pl.Series) -> pl.Series:
    if isinstance(series.dtype, pl.Datetime):
        zone = "UTC" if series.dtype.time_zone else None
        return (series.dt.convert_time_zone("UTC") if zone else series).cast(pl.Datetime("ms", zone))
    return series.cast(pl.Duration("ms")) if isinstance(series.dtype, pl.Duration) else series
