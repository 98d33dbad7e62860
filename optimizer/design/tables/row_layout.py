"""How many bytes rows take on PostgreSQL's pages, by the order of their columns.

Lengths and alignments are pg_type's (typlen, typalign); how a row is put together is told by
heap_fill_tuple (heaptuple.c): a value begins at a multiple of its alignment, a short one of variable length
(up to 126 bytes) at any byte, and a null takes no room. Rows of more than 2 kB are compressed and cut, which
isn't reckoned with here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from optimizer.dataset.dataset import TableRows
from optimizer.model.schema import Column, ColumnType, Table

SAMPLE = 4_000
"""Rows that are looked at."""

MAXALIGN = 8
LINE_POINTER = 4
PAGE_BYTES = 8_168
"""What is left of a page for rows and their line pointers."""

_HEADER = 23
_LONGEST_SHORT = 126

FIXED = {
    **dict.fromkeys(("int8", "float8", "timestamp", "timestamptz", "time", "money", "xid8"), (8, 8)),
    **dict.fromkeys(("int4", "float4", "date", "oid", "enum", "xid"), (4, 4)),
    **{"int2": (2, 2), "bool": (1, 1), "char": (1, 1), "uuid": (16, 1), "timetz": (12, 8)},
    **{"interval": (16, 8), "point": (16, 8), "circle": (24, 8), "macaddr": (6, 4), "macaddr8": (8, 4)},
}
"""Length and alignment of the types of a fixed length."""

VARYING = {
    **dict.fromkeys(("text", "varchar", "bpchar", "bytea", "numeric", "json", "jsonb", "xml", "tsvector"), 4),
    **dict.fromkeys(("bit", "varbit", "inet", "cidr", "int4range", "numrange", "daterange", "citext"), 4),
    **dict.fromkeys(("int8range", "tsrange", "tstzrange", "path", "polygon"), 8),
}
"""Alignment of the types of a variable length, where a value is long."""

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, eq=False)
class StoredColumn:
    """A column's length and alignment; of each row's value whether it is there, and its bytes without
    padding (all the same where the length is fixed)."""

    name: str
    length: int | None
    align: int
    present: np.ndarray[Any, np.dtype[np.bool_]]
    bytes: Numbers

    def after(self, end: Numbers) -> Numbers:
        """Where the value ends in each row, the one before it ending at `end`."""
        packed = self.length is None
        long = self.bytes > _LONGEST_SHORT
        begin = np.where(long, aligned(end, self.align), end) if packed else aligned(end, self.align)
        header = np.where(long, 4, 1) if packed else 0
        return np.where(self.present, begin + header + self.bytes, end)


def stored_columns(table: Table, rows: TableRows) -> tuple[StoredColumn, ...] | str:
    """The columns with their values' lengths in the table's first rows; text where one's type isn't known.

    What the dataset doesn't hold is null where it may be, or has a variable length.
    """
    wanted = [column.name for column in table.columns if column.name in rows.columns]
    frame = pl.scan_parquet(list(rows.files)).select(wanted).head(SAMPLE).collect()
    found = []
    for column in table.columns:
        kind = column.type
        if kind.array:
            length, align = None, 8 if FIXED.get(kind.base, (0, 0))[1] == 8 else 4
        elif kind.base in FIXED:
            length, align = FIXED[kind.base]
        elif kind.base in VARYING:
            length, align = None, VARYING[kind.base]
        else:
            return f"how {column.name} ({kind.sql}) is stored isn't known here"
        present, sizes = _values(column, length, frame)
        found.append(StoredColumn(column.name, length, align, present, sizes))
    return tuple(found)


def row_bytes(columns: Sequence[StoredColumn]) -> Numbers:
    """The bytes of each row with its columns in this order, its header and line pointer among them."""
    return aligned(tuple_bytes(columns), MAXALIGN) + LINE_POINTER


def tuple_bytes(columns: Sequence[StoredColumn]) -> Numbers:
    """The bytes of each row itself, header and all: what pageinspect calls lp_len."""
    present = np.stack([column.present for column in columns])
    bitmap = np.where(present.all(axis=0), 0, (len(columns) + 7) // 8)
    end = np.zeros(present.shape[1], dtype=np.int64)
    for column in columns:
        end = column.after(end)
    return aligned(bitmap + _HEADER, MAXALIGN) + end


def aligned(offset: Numbers, to: int) -> Numbers:
    """The next multiples of `to`, a power of two."""
    return (offset + to - 1) & -to


def _values(
    column: Column, length: int | None, frame: pl.DataFrame
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], Numbers]:
    if column.name not in frame.columns:
        there = column.not_null and length is not None
        return np.full(frame.height, there), np.full(frame.height, length or 0, dtype=np.int64)
    values = frame[column.name]
    present = values.is_not_null().to_numpy()
    if length is not None:
        return present, np.full(frame.height, length, dtype=np.int64)
    sizes = [0 if value is None else _bytes(value, column.type) for value in values.to_list()]
    return present, np.array(sizes, dtype=np.int64)


def _bytes(value: Any, kind: ColumnType) -> int:
    """The bytes of a value of variable length, its length word left out; about so many for JSON."""
    if kind.array:
        return 20 + sum(_element(one, kind) for one in value if one is not None)
    match value:
        case str():
            padding = kind.length or 0 if kind.base == "bpchar" else 0
            return len(value.encode()) + max(0, padding - len(value))
        case bytes():
            return len(value)
        case Decimal():
            return 2 + 2 * _digits(value)
    return len(str(value))


def _element(value: Any, kind: ColumnType) -> int:
    if kind.base in FIXED:
        return FIXED[kind.base][0]
    return 4 * -(-(4 + len(str(value).encode())) // 4)


def _digits(value: Decimal) -> int:
    """How many digits to the base 10,000 a number has, zeros at its ends left out (numeric.c)."""
    text = f"{abs(value):f}"
    whole, _, fraction = text.partition(".")
    whole = whole.zfill(-(-len(whole) // 4) * 4)
    fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    digits = [(whole + fraction)[at : at + 4] for at in range(0, len(whole + fraction), 4)]
    first = next((n for n, digit in enumerate(digits) if digit != "0000"), None)
    if first is None:
        return 0
    last = next(n for n in count(len(digits) - 1, -1) if digits[n] != "0000")
    return last - first + 1
