"""BSON elements, documents and arrays put together column-wise (https://bsonspec.org/spec.html). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from optimizer.engines.mongo.loading.segments import (
    Bytes,
    Segment,
    constant,
    grouped,
    joined,
    numbers,
    where,
    widths,
)

DOUBLE, STRING, DOCUMENT, ARRAY, BINARY = 0x01, 0x02, 0x03, 0x04, 0x05
OBJECT_ID, BOOL, DATE, NULL, INT32, INT64, DECIMAL128 = 0x07, 0x08, 0x09, 0x0A, 0x10, 0x12, 0x13

Valid: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """One value a row: its type (by row, where they differ) and its bytes.

    `valid` is False where a row has none: its bytes are then of no meaning. None: every row has one.
    """

    kind: int | NDArray[np.uint8]
    segments: tuple[Segment, ...]
    valid: Valid | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field of documents: its name, and a value a row."""

    name: str
    values: Values


def documents(fields: Sequence[Field], rows: int) -> Bytes:
    """A document a row, an explicit null where a field has no value."""
    inside = [segment for field in fields for segment in _element(field, rows)]
    return joined(_document(inside, rows))


def subdocuments(made: Bytes, valid: Valid | None = None) -> Values:
    """Documents as values."""
    return Values(DOCUMENT, (made,), valid)


def arrays(values: Values, counts: NDArray[np.int64], valid: Valid | None = None) -> Values:
    """The first `counts[0]` values as an array, the next `counts[1]` as one ..."""
    total = int(counts.sum())
    starts = np.cumsum(counts) - counts
    places = np.arange(total) - np.repeat(starts, counts)
    names = _index_names(int(counts.max(initial=0))).take(pa.array(places))
    whole = joined([_kinds(values.kind, total), names, *values.segments])
    if values.valid is not None:
        whole = where(values.valid, whole, joined([_kinds(NULL, total), names]))
    return Values(ARRAY, tuple(_document([grouped(whole, counts)], len(counts))), valid)


def _element(field: Field, rows: int) -> list[Segment]:
    name, values = field.name.encode() + b"\0", field.values
    segments = [_kinds(values.kind, rows), constant(name, rows), *values.segments]
    if values.valid is None:
        return segments
    return [where(values.valid, joined(segments), bytes([NULL]) + name)]


def _kinds(kind: int | NDArray[np.uint8], rows: int) -> Segment:
    return constant(bytes([kind]), rows) if isinstance(kind, int) else kind.reshape(rows, 1)


def _document(inside: list[Segment], rows: int) -> list[Segment]:
    """The length in front, the end mark behind."""
    return [numbers(widths(inside, rows) + 5, "<i4"), *inside, constant(b"\0", rows)]


def _index_names(count: int) -> Bytes:
    return pa.array([b"%d\0" % place for place in range(count)], pa.large_binary())
