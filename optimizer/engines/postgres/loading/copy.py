"""Rows as COPY takes them: binary where every column's type allows it, else CSV. Pure.

The wire forms are those of PostgreSQL's receive functions (src/backend/utils/adt): a uuid is 16 raw bytes, a
point two big-endian doubles, jsonb its text behind a version byte; enums, json, citext and the character
types are plain text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa
from pgpq import ArrowToPostgresBinaryEncoder
from pgpq.encoders import LargeStringEncoderBuilder
from pgpq.schema import Jsonb

from generators.shape import DTYPES
from optimizer.engines.postgres.loading.copy_text import csv_text
from optimizer.model.schema import Column, ColumnType

BATCH_ROWS = 32_768
"""Rows in one message to the server: a few MB, so encoding and sending overlap."""

_TEXTS = ("text", "varchar", "bpchar", "json", "jsonb", "enum", "citext", "uuid", "point")
_DTYPES = DTYPES | dict.fromkeys(_TEXTS, pl.String())
"""The types that have a binary form here, besides numeric."""

_BINARY_ARRAYS = frozenset(
    {"smallint[]", "integer[]", "bigint[]", "real[]", "double precision[]", "boolean[]", "text[]"}
)
_BINARY_UUID = pa.binary(16)
_BINARY_POINT = pa.binary(16)


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """How a table's rows are sent; `options` are COPY's."""

    binary: bool
    columns: tuple[Column, ...]

    @property
    def options(self) -> str:
        """The text behind COPY ... FROM STDIN WITH."""
        return "FORMAT binary" if self.binary else "FORMAT csv"


def copy_format(columns: Sequence[Column]) -> CopyFormat:
    """Binary where all of the columns' types have a binary form here."""
    return CopyFormat(all(_is_binary(column.type) for column in columns), tuple(columns))


def encode(format_: CopyFormat, frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """The frames' rows as messages for COPY; the frames hold the format's columns, in its order."""
    return _binary(format_.columns, frames) if format_.binary else _csv(format_.columns, frames)


def _is_binary(type_: ColumnType) -> bool:
    if type_.array:
        return type_.sql in _BINARY_ARRAYS
    return type_.base in _DTYPES or type_.base == "numeric"


def _csv(columns: Sequence[Column], frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    for frame in frames:
        for part in frame.iter_slices(BATCH_ROWS):
            yield csv_text(part, columns)


def _binary(columns: Sequence[Column], frames: Iterator[pl.DataFrame]) -> Iterator[bytes]:
    """One header, all rows, one trailer, whatever the number of frames."""
    encoder: ArrowToPostgresBinaryEncoder | None = None
    for frame in frames:
        for part in frame.iter_slices(BATCH_ROWS):
            batch = _batch(part, columns)
            if encoder is None:
                encoder = _encoder(batch.schema, columns)
                yield encoder.write_header()
            yield encoder.write_batch(batch)
    if encoder is not None:
        yield encoder.finish()


def _encoder(schema: pa.Schema, columns: Sequence[Column]) -> ArrowToPostgresBinaryEncoder:
    encoders = {
        field.name: LargeStringEncoderBuilder.new_with_output(field, Jsonb())
        if column.type.base == "jsonb"
        else ArrowToPostgresBinaryEncoder.infer_encoder(field)
        for field, column in zip(schema, columns, strict=True)
    }
    return ArrowToPostgresBinaryEncoder.new_with_encoders(schema, encoders)


def _batch(frame: pl.DataFrame, columns: Sequence[Column]) -> pa.RecordBatch:
    arrays = [_array(frame[column.name], column.type) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, [column.name for column in columns])


def _array(values: pl.Series, type_: ColumnType) -> pa.Array:
    if type_.base == "uuid":
        hexadecimal = values.str.replace_all("-", "", literal=True)
        return hexadecimal.str.decode("hex").to_arrow().cast(_BINARY_UUID)
    if type_.base == "point":
        return _points(values)
    if type_.base in _DTYPES:
        dtype = _DTYPES[type_.base]
        values = values.cast(pl.List(dtype) if type_.array else dtype)
    array = values.to_arrow()
    return array.cast(pa.time64("us")) if type_.base == "time" else array


def _points(values: pl.Series) -> pa.Array:
    numbers = values.str.extract_all(r"[^(),\s]+").list
    pair = [numbers.get(i, null_on_oob=True).cast(pl.Float64).to_numpy() for i in range(2)]
    raw = np.column_stack(pair).astype(">f8").tobytes()
    present = pa.array(values.is_not_null().to_numpy())
    validity = present.buffers()[1]
    return pa.FixedSizeBinaryArray.from_buffers(_BINARY_POINT, len(values), [validity, pa.py_buffer(raw)])
