"""Values of documents as the columns that optimizer.dataset.dataset.TableRows describes. Pure.

A value of a type that the column can't have is a ValueError that names both.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from bson import decode
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from numpy.typing import NDArray

from optimizer.dataset.constraints.types import dtype
from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.loading import elements as bson
from optimizer.engines.mongo.loading.cells import Cells
from optimizer.engines.mongo.loading.decimals import decimals
from optimizer.model.schema import ColumnType

_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
_DAY_MS = 86_400_000
_DIGITS = 38
_WHOLE, _REAL = (bson.INT32, bson.INT64), (bson.DOUBLE,)
_WIRE = {bson.INT32: "<i4", bson.INT64: "<i8", bson.DOUBLE: "<f8", bson.DATE: "<i8", bson.BOOL: "u1"}

Reader = Callable[[Cells], pl.Series]


def column(cells: Cells, type_: ColumnType) -> pl.Series:
    """The column; numerics without a declared scale have that of the values."""
    if type_.array:
        return _listed(cells, type_)
    if type_.base in ("json", "jsonb"):
        return _each(cells, type_, lambda value: json.dumps(value, ensure_ascii=False, default=float))
    if type_.base == "point":
        return _each(cells, type_, str)
    if type_.base == "numeric":
        return _numeric(cells, type_)
    if type_.base == "bpchar":
        return _text(cells).str.pad_end(type_.length or 0)
    read = _READERS.get(type_.base)
    return read(cells).cast(dtype(type_)) if read is not None else _text(cells)


def _numbers(cells: Cells, kinds: tuple[int, ...], into: type[np.generic]) -> pl.Series:
    """Numbers of these types, null where there is none."""
    _check(cells, kinds)
    made = np.zeros(len(cells.kinds), into)
    for kind in kinds:
        rows = np.flatnonzero(cells.are(kind))
        made[rows] = cells.numbers(_WIRE[kind], rows)
    return _nulled(pl.Series(made), cells)


def _integer(cells: Cells) -> pl.Series:
    return _numbers(cells, _WHOLE, np.int64)


def _real(cells: Cells) -> pl.Series:
    return _numbers(cells, _REAL + _WHOLE, np.float64)


def _boolean(cells: Cells) -> pl.Series:
    return _numbers(cells, (bson.BOOL,), np.uint8)


def _moment(cells: Cells) -> pl.Series:
    return _numbers(cells, (bson.DATE,), np.int64)


def _day(cells: Cells) -> pl.Series:
    return (_moment(cells) // _DAY_MS).cast(pl.Int32)


def _clock(cells: Cells) -> pl.Series:
    return _text(cells).str.to_time("%H:%M:%S%.f")


def _text(cells: Cells) -> pl.Series:
    _check(cells, (bson.STRING,))
    return _nulled(_series(cells.raw(4, 1)).cast(pl.String), cells)


def _bytes(cells: Cells) -> pl.Series:
    _check(cells, (bson.BINARY,))
    return _nulled(_series(cells.raw(5)), cells)


def _uuid(cells: Cells) -> pl.Series:
    digits = _bytes(cells).bin.encode("hex")
    bounds = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
    parts = [digits.str.slice(first, length).alias(str(first)) for first, length in bounds]
    return pl.select(pl.concat_str(parts, separator="-")).to_series()


def _numeric(cells: Cells, type_: ColumnType) -> pl.Series:
    """Decimals of one scale by their bits; others one by one. No digit is lost."""
    rows = np.flatnonzero(cells.are(bson.DECIMAL128))
    if len(rows) + int(cells.are(bson.NULL).sum()) == len(cells.kinds):
        low, high = cells.numbers("<u8", rows), cells.numbers("<u8", rows, 8)
        exact = decimals(low, high, rows, len(cells.kinds))
        if exact is not None:
            return _narrowed(_nulled(exact, cells), type_)
    each = [from_bson(value, type_) for value in python(cells)]
    if any(not isinstance(value, Decimal | None) for value in each):
        raise ValueError("a numeric column holds something else than numbers")
    places = [-int(value.normalize().as_tuple().exponent) for value in each if value is not None]
    scale = max([type_.scale or 0, *places])
    return _narrowed(pl.Series(each, dtype=pl.Decimal(38, scale)), type_)


def _narrowed(series: pl.Series, type_: ColumnType) -> pl.Series:
    """In the column's own type, where all values fit into it."""
    own, scale = dtype(type_), _scale(series.dtype)
    largest = series.abs().max()
    digits = _DIGITS if not isinstance(own, pl.Decimal) else own.precision - own.scale
    fits = largest is None or (isinstance(largest, Decimal) and largest < Decimal(10) ** digits)
    return series.cast(own) if fits and scale <= _scale(own) else series


def _scale(type_: pl.DataType) -> int:
    return type_.scale if isinstance(type_, pl.Decimal) else 0


def _listed(cells: Cells, type_: ColumnType) -> pl.Series:
    texts = type_.base in ("uuid", "json", "jsonb")
    rows = [
        value if value is None else [None if item is None else str(item) if texts else item for item in value]
        for value in (from_bson(value, type_) for value in python(cells))
    ]
    return pl.Series(rows, dtype=dtype(type_))


def _each(cells: Cells, type_: ColumnType, write: Callable[[Any], str]) -> pl.Series:
    """Texts of values that only Python reads; a null has none."""
    texts = [None if value is None else write(from_bson(value, type_)) for value in python(cells)]
    return pl.Series(texts, dtype=pl.String)


def python(cells: Cells) -> list[Any]:
    """Each value as pymongo decodes it; equal ones are decoded once."""
    known: dict[tuple[int, bytes], Any] = {}
    values = []
    for kind, raw in zip(cells.kinds.tolist(), cells.raw().to_pylist(), strict=True):
        if (kind, raw) not in known:
            whole = (len(raw) + 7).to_bytes(4, "little") + bytes([kind, 0]) + raw + b"\0"
            known[kind, raw] = decode(whole, _OPTIONS)[""]
        values.append(known[kind, raw])
    return values


def _check(cells: Cells, kinds: tuple[int, ...]) -> None:
    other = sorted(set(np.unique(cells.kinds).tolist()) - {*kinds, bson.NULL})
    if other:
        raise ValueError(f"a value of BSON's type {other[0]:#04x} stands where {kinds[0]:#04x} should")


def _nulled(series: pl.Series, cells: Cells) -> pl.Series:
    nulls: NDArray[np.bool_] = cells.are(bson.NULL)
    return series.set(pl.Series(nulls), None) if bool(nulls.any()) else series


def _series(array: pa.Array) -> pl.Series:
    return pl.Series(array)


_READERS: dict[str, Reader] = {
    "int2": _integer,
    "int4": _integer,
    "int8": _integer,
    "interval": _integer,
    "float4": _real,
    "float8": _real,
    "bool": _boolean,
    "timestamp": _moment,
    "timestamptz": _moment,
    "date": _day,
    "time": _clock,
    "bytea": _bytes,
    "uuid": _uuid,
}
