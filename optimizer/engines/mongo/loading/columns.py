"""Values of columns as BSON, by the type in the schema: those of optimizer.engines.mongo.values. Pure.

A value that can't be stored is a ValueError that says why.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from bson import encode
from numpy.typing import NDArray

from optimizer.engines.mongo.loading import elements as bson
from optimizer.engines.mongo.loading.decimals import decimal128
from optimizer.engines.mongo.loading.elements import Values, arrays
from optimizer.engines.mongo.loading.segments import Bytes, Segment, constant, ends_of, numbers, widths
from optimizer.model.schema import ColumnType

Encoder = Callable[[pl.Series], Values]

_OLDEST = pl.CompatLevel.oldest()
_DAY_MS = 86_400_000
_POINT = encode({"": {"type": "Point", "coordinates": [0.0, 0.0]}})[6:-1]
_X, _Y = len(_POINT) - 21, len(_POINT) - 10
"""Where the numbers stand: the second is followed by the ends of the array and of the document."""

_NO_UUID = "00000000-0000-0000-0000-000000000000"
_DIGITS = [place for place, letter in enumerate(_NO_UUID) if letter != "-"]
_NIBBLES = np.zeros(256, np.uint8)
_NIBBLES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16)
_NIBBLES[np.frombuffer(b"ABCDEF", np.uint8)] = np.arange(10, 16)


def values(series: pl.Series, type_: ColumnType) -> Values:
    """The values of a column, in the types that optimizer.dataset.dataset.TableRows says."""
    if type_.array:
        return _array(series, replace(type_, array=False))
    made = _ENCODERS.get(type_.base, _text)(series)
    return replace(made, valid=_valid(series))


def _valid(series: pl.Series) -> NDArray[np.bool_] | None:
    return series.is_not_null().to_numpy() if series.null_count() else None


def _array(series: pl.Series, type_: ColumnType) -> Values:
    if not isinstance(series.dtype, pl.List | pl.Array):
        raise ValueError(f"column {series.name} has no lists")
    lists = series.to_arrow(compat_level=_OLDEST)
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    inner = pl.Series(lists.flatten(), dtype=series.dtype.inner)
    return arrays(values(inner, type_), counts, _valid(series))


def _number(kind: int, dtype: pl.DataType, wire: str) -> Encoder:
    def encoded(series: pl.Series) -> Values:
        return Values(kind, (numbers(_filled(series.cast(dtype)), wire),))

    return encoded


def _filled(series: pl.Series) -> NDArray[Any]:
    """Numbers with something in place of nulls."""
    return series.fill_null(strategy="zero").to_numpy() if series.null_count() else series.to_numpy()


def _date(series: pl.Series) -> Values:
    days = _filled(series.cast(pl.Date).to_physical().cast(pl.Int64))
    return Values(bson.DATE, (numbers(days * _DAY_MS, "<i8"),))


def _moment(series: pl.Series) -> Values:
    moments = series.dt.cast_time_unit("ms").to_physical()
    return Values(bson.DATE, (numbers(_filled(moments), "<i8"),))


def _interval(series: pl.Series) -> Values:
    return Values(bson.INT64, (numbers(_filled(series.dt.cast_time_unit("ms").to_physical()), "<i8"),))


def _time(series: pl.Series) -> Values:
    return _text(series.dt.to_string("%H:%M:%S%.3f"))


def _text(series: pl.Series) -> Values:
    texts = series.cast(pl.String).fill_null("").cast(pl.Binary).to_arrow(compat_level=_OLDEST)
    data = _large(texts)
    return Values(bson.STRING, (_lengths(data, 1), data, constant(b"\0", len(data))))


def _padded(series: pl.Series) -> Values:
    """A character(n) is stored without the spaces that fill it up: they are of no meaning."""
    return _text(series.str.strip_chars_end(" "))


def _binary(series: pl.Series) -> Values:
    data = _large(series.fill_null(b"").to_arrow(compat_level=_OLDEST))
    return Values(bson.BINARY, (_lengths(data, 0), constant(b"\0", len(data)), data))


def _uuid(series: pl.Series) -> Values:
    texts = _large(series.fill_null(_NO_UUID).cast(pl.Binary).to_arrow(compat_level=_OLDEST))
    rows, ends = len(texts), ends_of(texts)
    if bool(np.any(np.diff(ends) != 36)):
        raise ValueError(f"column {series.name} has a text that is no UUID")
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]
    digits = _NIBBLES[data.reshape(rows, 36)[:, _DIGITS]]
    made: Segment = digits[:, ::2] << 4 | digits[:, 1::2]
    return Values(bson.BINARY, (constant(b"\x10\0\0\0\x04", rows), made))


def _decimal(series: pl.Series) -> Values:
    exact = series if isinstance(series.dtype, pl.Decimal) else series.cast(pl.Decimal(38, 0))
    return Values(bson.DECIMAL128, (decimal128(exact),))


def _point(series: pl.Series) -> Values:
    """GeoJSON: all bytes are the same but the two numbers."""
    found = series.str.extract_all(r"[^(),\s]+").list
    x, y = (_filled(found.get(i, null_on_oob=True).cast(pl.Float64)) for i in (0, 1))
    made = constant(_POINT, len(series)).copy()
    made[:, _X : _X + 8], made[:, _Y : _Y + 8] = numbers(x, "<f8"), numbers(y, "<f8")
    return Values(bson.DOCUMENT, (made,))


def _json(series: pl.Series) -> Values:
    """Each different text is read once; a JSON null is null."""
    different = series.fill_null("null").to_arrow(compat_level=_OLDEST).dictionary_encode()
    wholes = [_json_value(text) for text in different.dictionary.to_pylist()]
    kinds = np.array([whole[0] for whole in wholes], np.uint8)[different.indices.to_numpy()]
    data = pa.array([whole[1] for whole in wholes], pa.large_binary()).take(different.indices)
    return Values(kinds, (data,))


def _json_value(text: str) -> tuple[int, bytes]:
    """The type and the bytes; a whole number that doesn't fit in 64 bits is a double, as 1e30 is."""
    try:
        whole = encode({"": json.loads(text)})
    except OverflowError:
        whole = encode({"": json.loads(text, parse_int=_integer)})
    return whole[4], whole[6:-1]


def _integer(text: str) -> int | float:
    value = int(text)
    return value if -(1 << 63) <= value < 1 << 63 else float(text)


def _large(array: pa.Array) -> Bytes:
    return array.cast(pa.large_binary())


def _lengths(data: Bytes, more: int) -> Segment:
    return numbers(widths([data], len(data)) + more, "<i4")


_ENCODERS: dict[str, Encoder] = {
    "int2": _number(bson.INT32, pl.Int32(), "<i4"),
    "int4": _number(bson.INT32, pl.Int32(), "<i4"),
    "int8": _number(bson.INT64, pl.Int64(), "<i8"),
    "float4": _number(bson.DOUBLE, pl.Float64(), "<f8"),
    "float8": _number(bson.DOUBLE, pl.Float64(), "<f8"),
    "bool": _number(bson.BOOL, pl.UInt8(), "u1"),
    "numeric": _decimal,
    "date": _date,
    "timestamp": _moment,
    "timestamptz": _moment,
    "time": _time,
    "interval": _interval,
    "uuid": _uuid,
    "json": _json,
    "jsonb": _json,
    "bytea": _binary,
    "bpchar": _padded,
    "point": _point,
}
