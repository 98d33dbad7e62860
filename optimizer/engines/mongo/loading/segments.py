"""Rows of bytes, column-wise: what documents are put together of. Pure.

A segment is a part of every row: an array of bytes of its own length a row, or a matrix of as many bytes in
each. Joining copies every byte once, in Arrow's C++.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Bytes: TypeAlias = pa.LargeBinaryArray
Matrix: TypeAlias = NDArray[np.uint8]
Segment: TypeAlias = "Bytes | Matrix"

_NOTHING = pa.scalar(b"", pa.large_binary())


def constant(data: bytes, rows: int) -> Matrix:
    """The same bytes in every row."""
    return np.broadcast_to(np.frombuffer(data, np.uint8), (rows, len(data)))


def numbers(values: NDArray[Any], dtype: str) -> Matrix:
    """Each number as its bytes, of a NumPy type with its byte order (`<i4`)."""
    made = np.ascontiguousarray(values.astype(dtype, copy=False))
    return made.view(np.uint8).reshape(len(values), made.dtype.itemsize)


def as_bytes(segment: Segment) -> Bytes:
    """A matrix as an array."""
    if not isinstance(segment, np.ndarray):
        return segment
    rows, width = segment.shape
    ends = np.arange(rows + 1, dtype=np.int64) * width
    return with_ends(ends, pa.py_buffer(np.ascontiguousarray(segment)))


def with_ends(ends: NDArray[np.int64], data: pa.Buffer) -> Bytes:
    """The array whose row `i` is `data[ends[i]:ends[i + 1]]`."""
    return pa.LargeBinaryArray.from_buffers(
        pa.large_binary(), len(ends) - 1, [None, pa.py_buffer(ends), data]
    )


def ends_of(array: Bytes) -> NDArray[np.int64]:
    """Where each row begins in the array's data, and where the last one ends."""
    offsets: NDArray[np.int64] = np.frombuffer(array.buffers()[1], np.int64)
    return offsets[array.offset : array.offset + len(array) + 1]


def widths(segments: Iterable[Segment], rows: int) -> NDArray[np.int64]:
    """How many bytes the segments have together, by row."""
    total = np.zeros(rows, np.int64)
    for segment in segments:
        total += segment.shape[1] if isinstance(segment, np.ndarray) else np.diff(ends_of(segment))
    return total


def joined(segments: Sequence[Segment]) -> Bytes:
    """Each row's segments one after another; one segment at least, none with nulls."""
    parts = list(_side_by_side(segments))
    if len(parts) == 1:
        return as_bytes(parts[0])
    return pc.binary_join_element_wise(*map(as_bytes, parts), _NOTHING)


def grouped(array: Bytes, counts: NDArray[np.int64]) -> Bytes:
    """The first `counts[0]` rows as one, the next `counts[1]` as one ...; nothing is copied."""
    last = np.concatenate([[0], np.cumsum(counts)])
    return with_ends(np.ascontiguousarray(ends_of(array)[last]), array.buffers()[2] or pa.py_buffer(b""))


def where(valid: NDArray[np.bool_], array: Bytes, other: Segment | bytes) -> Bytes:
    """The array's rows where `valid`, else those of `other`."""
    instead = pa.scalar(other, pa.large_binary()) if isinstance(other, bytes) else as_bytes(other)
    return pc.if_else(pa.array(valid), array, instead)


def _side_by_side(segments: Sequence[Segment]) -> Iterable[Segment]:
    """Neighbouring matrices as one."""
    for is_matrix, group in groupby(segments, lambda segment: isinstance(segment, np.ndarray)):
        members = list(group)
        if is_matrix and len(members) > 1:
            yield np.hstack(members)
        else:
            yield from members
