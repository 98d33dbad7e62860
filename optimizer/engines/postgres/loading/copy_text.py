"""Rows as CSV for COPY, for types that have no binary form here. Pure.

A null is nothing between commas, an empty string is `""`; every other value is in PostgreSQL's text form.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from polars._typing import PolarsDataType

from optimizer.model.schema import Column, ColumnType


def csv_text(frame: pl.DataFrame, columns: Sequence[Column]) -> bytes:
    """The rows of a frame, without a header line."""
    texts = frame.select(_text(pl.col(c.name), frame.schema[c.name], c.type).alias(c.name) for c in columns)
    return texts.write_csv(include_header=False, quote_style="non_numeric", null_value="").encode()


def _text(value: pl.Expr, dtype: pl.DataType, type_: ColumnType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        element = _quoted(_scalar(pl.element(), dtype.inner)).fill_null("NULL")
        return pl.concat_str(pl.lit("{"), value.list.eval(element).list.join(","), pl.lit("}"))
    return _scalar(value, dtype)


def _scalar(value: pl.Expr, dtype: PolarsDataType) -> pl.Expr:
    if dtype == pl.Binary:
        return pl.concat_str(pl.lit("\\x"), value.bin.encode("hex"))
    if isinstance(dtype, pl.Duration):
        return pl.concat_str(value.dt.total_milliseconds().cast(pl.String), pl.lit(" milliseconds"))
    if isinstance(dtype, pl.Datetime):
        zone = "+00" if dtype.time_zone else ""
        return value.dt.strftime(f"%Y-%m-%d %H:%M:%S%.3f{zone}")
    if dtype == pl.Time:
        return value.dt.strftime("%H:%M:%S%.6f")
    return value.cast(pl.String)


def _quoted(value: pl.Expr) -> pl.Expr:
    """As an element of an array: in quotes, so that an element may hold anything."""
    escaped = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
    return pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))
