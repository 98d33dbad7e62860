"""Where the values are in raw documents that all have the same fields in the same order. Pure.

The documents are walked column by column, all at once: the place of a document's next field follows from
the type and the length of this one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from optimizer.engines.mongo.loading import elements as bson
from optimizer.engines.mongo.loading.segments import Bytes, with_ends

_FIXED = {
    bson.DOUBLE: 8,
    bson.BOOL: 1,
    bson.DATE: 8,
    bson.NULL: 0,
    bson.INT32: 4,
    bson.INT64: 8,
    bson.DECIMAL128: 16,
    bson.OBJECT_ID: 12,
}
_MORE = {bson.STRING: 4, bson.DOCUMENT: 0, bson.ARRAY: 0, bson.BINARY: 5}
"""Bytes beside those that the length in front of a value counts."""

_length = struct.Struct("<i").unpack_from


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One field of all documents: the type of each value, and where in `data` it begins and ends."""

    data: bytes
    kinds: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def are(self, kind: int) -> NDArray[np.bool_]:
        """Which values are of that type."""
        found: NDArray[np.bool_] = self.kinds == kind
        return found

    def only(self, row: int) -> Cells:
        """One document's."""
        one = slice(row, row + 1)
        return Cells(self.data, self.kinds[one], self.starts[one], self.ends[one])

    def numbers(self, dtype: str, rows: NDArray[Any], skip: int = 0) -> NDArray[Any]:
        """The number that these rows have, so many bytes behind the value's begin."""
        return _at(self.data, dtype, self.starts[rows] + skip)

    def raw(self, skip: int = 0, less: int = 0) -> Bytes:
        """Each value's bytes, without the first `skip` and the last `less`; a null has none."""
        there = ~self.are(bson.NULL)
        bounds = np.empty((len(self.starts), 2), np.int64)
        bounds[:, 0] = self.starts + skip * there
        bounds[:, 1] = self.ends - less * there
        ends = np.append(bounds.ravel(), bounds[-1:, 1])
        return with_ends(ends, pa.py_buffer(self.data)).take(pa.array(np.arange(0, 2 * len(bounds), 2)))


def cells(data: bytes, names: Sequence[str]) -> list[Cells]:
    """The fields of the documents that `data` has one after another.

    ValueError where a document has other fields than these, or in another order.
    """
    places = _documents(data) + 4
    found = []
    for name in names:
        key = name.encode() + b"\0"
        kinds = _at(data, "u1", places)
        if any(bool(np.any(_at(data, "u1", places + 1 + n) != byte)) for n, byte in enumerate(key)):
            raise ValueError(f"a document lacks the field {name}, or has it elsewhere")
        starts = places + 1 + len(key)
        places = starts + _sizes(data, kinds, starts)
        found.append(Cells(data, kinds, starts, places))
    return found


def _documents(data: bytes) -> NDArray[np.int64]:
    """Where each document begins."""
    places, place, end = [], 0, len(data)
    while place < end:
        places.append(place)
        place += _length(data, place)[0]
    return np.array(places, np.int64)


def _sizes(data: bytes, kinds: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    sizes = np.zeros(len(kinds), np.int64)
    for kind in np.unique(kinds).tolist():
        rows = kinds == kind
        if kind in _FIXED:
            sizes[rows] = _FIXED[kind]
        elif kind in _MORE:
            sizes[rows] = _at(data, "<i4", starts[rows]) + np.int64(_MORE[kind])
        else:
            raise ValueError(f"a document has a value of BSON's type {kind:#04x}")
    return sizes


def _at(data: bytes, dtype: str, places: NDArray[np.int64]) -> NDArray[Any]:
    """The numbers at these places, wherever they are: a view of the bytes at every place."""
    size = np.dtype(dtype).itemsize
    view: NDArray[Any] = np.ndarray((max(0, len(data) - size + 1),), dtype, data, strides=(1,))
    made: NDArray[Any] = view[places]
    return made
