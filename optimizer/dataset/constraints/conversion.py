"""Brings a column's values into the type that its table wants."""

from __future__ import annotations

import polars as pl

from optimizer.dataset.constraints.types import dtype
from optimizer.model.schema import ColumnType


def convert(values: pl.Series, kind: ColumnType) -> pl.Series:
    """The values in the Polars type of `kind`; PolarsError where one doesn't fit."""
    wanted = dtype(kind)
    if values.dtype == wanted:
        return values
    return values.to_frame("v").select(converted(pl.col("v"), values.dtype, wanted)).to_series()


def converted(values: pl.Expr, present: pl.DataType, wanted: pl.DataType) -> pl.Expr:
    """The expression that does so for values of the type `present`."""
    if present == wanted:
        return values
    if present == pl.String and isinstance(wanted, pl.Date):
        return values.str.to_date(strict=True)
    if present == pl.String and isinstance(wanted, pl.Time):
        return values.str.to_time(strict=True)
    if present == pl.String and isinstance(wanted, pl.Datetime):
        return _moment(values.str.to_datetime(time_unit="ms", time_zone="UTC", strict=True), "UTC", wanted)
    if isinstance(present, pl.Datetime) and isinstance(wanted, pl.Datetime):
        return _moment(values, present.time_zone, wanted)
    if isinstance(present, pl.Date) and isinstance(wanted, pl.Datetime):
        return _moment(values.cast(pl.Datetime("ms")), None, wanted)
    return values.cast(wanted, strict=True)


def _moment(values: pl.Expr, zone: str | None, wanted: pl.Datetime) -> pl.Expr:
    """Moments without a zone are UTC's."""
    if zone and not wanted.time_zone:
        values = values.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    elif wanted.time_zone and not zone:
        values = values.dt.replace_time_zone("UTC")
    elif wanted.time_zone:
        values = values.dt.convert_time_zone("UTC")
    return values.dt.cast_time_unit("ms")
