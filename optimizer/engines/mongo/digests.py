"""A digest of a table's rows that depends neither on their order nor on the design they are in. Pure."""

from __future__ import annotations

import json

import polars as pl

from optimizer.model.schema import Table

_NULL = "\x00"
_BETWEEN = "\x1f"
_JSON = frozenset({"json", "jsonb"})


def digest(rows: pl.DataFrame, table: Table, left_out: frozenset[str]) -> str:
    """The number of rows and two sums of 64-bit hashes of them, as text; `left_out` are columns passed over.

    Two frames have one digest where their rows are equal as optimizer.equivalence has it: JSON by
    structure, decimals by value, moments in UTC.
    """
    names = [name for name in sorted(rows.columns) if name not in left_out]
    if rows.is_empty() or not names:
        return f"{rows.height} 0 0"
    texts = [_text(rows[name], table.by_name[name].type.base in _JSON) for name in names]
    lines = pl.DataFrame(texts).select(pl.concat_str(pl.all(), separator=_BETWEEN))
    sums = [int(lines.to_series().hash(seed).cast(pl.Decimal(38, 0)).sum() or 0) for seed in (0, 1)]
    return f"{rows.height} {sums[0]} {sums[1]}"


def _text(column: pl.Series, is_json: bool) -> pl.Series:
    """The column's values as text, the same for equal ones."""
    kind = column.dtype
    if is_json and kind == pl.String:
        column = column.map_elements(_canonical, return_dtype=pl.String)
    elif isinstance(kind, pl.List | pl.Array):
        column = column.map_elements(_listed, return_dtype=pl.String)
    elif kind == pl.Binary:
        column = column.bin.encode("hex")
    elif isinstance(kind, pl.Duration):
        column = column.dt.total_milliseconds().cast(pl.String)
    elif isinstance(kind, pl.Datetime):
        column = column.dt.epoch("ms").cast(pl.String)
    else:
        column = column.cast(pl.String)
    return column.fill_null(_NULL)


def _canonical(text: str) -> str:
    return json.dumps(_whole(json.loads(text)), sort_keys=True, separators=(",", ":"))


def _whole(value: object) -> object:
    """JSON with 1.0 as 1: PostgreSQL has one kind of number in it."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(items: pl.Series) -> str:
    return json.dumps([None if item is None else str(item) for item in items])
