"""Decimals between Arrow's 128-bit integers and BSON's Decimal128, column-wise. Pure.

Decimal128 in its binary integer form (IEEE 754-2008; github.com/mongodb/specifications, bson-decimal128): a
sign, 14 bits of exponent biased by 6176, 113 bits of coefficient, of which 34 digits are used.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from optimizer.engines.mongo.loading.segments import Matrix

_BIAS = 6176
_DIGITS = 34
_MOST = divmod(10**_DIGITS - 1, 1 << 64)
_SIGN = np.uint64(1 << 63)


def decimal128(series: pl.Series) -> Matrix:
    """Each decimal's 16 bytes, with the column's scale; ValueError where one has over 34 digits.

    Nulls are zeros.
    """
    array = series.fill_null(0).to_arrow(compat_level=pl.CompatLevel.oldest())
    words = np.frombuffer(array.buffers()[1], np.uint64).reshape(-1, 2)
    low, high = words[array.offset : array.offset + len(array)].T
    negative = high >= _SIGN
    low, high = _turned(low, high, negative)
    if bool(np.any((high > _MOST[0]) | ((high == _MOST[0]) & (low > np.uint64(_MOST[1]))))):
        raise ValueError(f"column {series.name} has a number of more than {_DIGITS} digits")
    exponent = np.uint64((_BIAS - array.type.scale) << 49)
    made = np.empty((len(array), 2), np.uint64)
    made[:, 0], made[:, 1] = low, high | exponent | np.where(negative, _SIGN, np.uint64(0))
    return made.view(np.uint8).reshape(len(array), 16)


def _turned(
    low: NDArray[np.uint64], high: NDArray[np.uint64], negative: NDArray[np.bool_]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Numbers of two words in two's complement, those that are negative with the other sign."""
    flipped = ~low + np.uint64(1)
    carried = ~high + (flipped == 0).astype(np.uint64)
    return np.where(negative, flipped, low), np.where(negative, carried, high)


def decimals(
    low: NDArray[np.uint64], high: NDArray[np.uint64], rows: NDArray[np.int64], count: int
) -> pl.Series | None:
    """The decimals of these bits in their rows, of so many, the others zero.

    None where they don't all have as many digits after the point, or aren't all numbers.
    """
    exponents = np.unique((high >> np.uint64(49)) & np.uint64(0x3FFF)).tolist() or [_BIAS]
    scale = _BIAS - exponents[0]
    if len(exponents) > 1 or not 0 <= scale <= _DIGITS:
        return None
    words = np.zeros((count, 2), np.uint64)
    words[rows, 0], words[rows, 1] = _turned(low, high & np.uint64((1 << 49) - 1), high >= _SIGN)
    made = pa.Array.from_buffers(pa.decimal128(38, scale), count, [None, pa.py_buffer(words)])
    return pl.Series(made)
