"""Whether two engines hold the same logical rows of a table, by the rules of optimizer.equivalence. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import polars as pl

from optimizer.model.schema import Column, Table
from optimizer.queries.made_up import made_up

_SHOWN = 200


def difference(
    reference: pl.DataFrame, other: pl.DataFrame, table: Table, left_out: Collection[str] = ()
) -> str:
    """What differs, for people; empty where both hold the same rows, in whatever order.

    Columns whose values the server makes up are left out, those of `left_out`, and those that aren't in both.
    """
    there = {*reference.columns} & {*other.columns} - {*left_out}
    columns = [column for column in table.columns if column.name in there and not made_up(column)]
    left, right = _texts(reference, columns), _texts(other, columns)
    if left.height != right.height:
        return f"{left.height} rows expected, {right.height} found"
    missing = left.join(right, on=left.columns, how="anti", nulls_equal=True)
    if missing.height:
        return f"{missing.height} rows aren't there, such as {str(missing.row(0, named=True))[:_SHOWN]}"
    counts = pl.len().alias("#")
    left, right = (frame.group_by(pl.all()).agg(counts) for frame in (left, right))
    uneven = left.join(right, on=left.columns, how="anti", nulls_equal=True)
    return f"{uneven.height} rows are there more or less often" if uneven.height else ""


def _texts(frame: pl.DataFrame, columns: list[Column]) -> pl.DataFrame:
    """Every value as text, equal where the values are."""
    return frame.select(_text(frame[column.name], column).alias(column.name) for column in columns)


def _text(values: pl.Series, column: Column) -> pl.Series:
    kind = column.type
    if kind.array:
        return values.map_elements(lambda items: repr(list(items)), return_dtype=pl.String)
    if kind.base in ("json", "jsonb"):
        return values.map_elements(_json, return_dtype=pl.String)
    if values.dtype.is_float():
        return values.map_elements(lambda number: f"{number:.9g}", return_dtype=pl.String)
    if kind.base == "bytea":
        return values.bin.encode("hex")
    return values.cast(pl.String)


def _json(text: str) -> str:
    return json.dumps(_number(json.loads(text)), sort_keys=True)


def _number(value: Any) -> Any:
    """A JSON value with 1 and 1.0 alike."""
    match value:
        case bool():
            return value
        case int() | float():
            return float(value)
        case list():
            return [_number(item) for item in value]
        case dict():
            return {key: _number(item) for key, item in value.items()}
    return value
