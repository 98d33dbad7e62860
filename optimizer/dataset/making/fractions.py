"""Reproducible numbers between 0 and 1, by row number."""

from __future__ import annotations

import numpy as np

from generators.generator import Floats
from generators.stream import BLOCK_ROWS, Stream


def fractions(stream: Stream, first: int, rows: int, columns: int = 1) -> Floats:
    """Numbers in [0, 1) for rows `first` to `first + rows - 1`, as an array of shape (columns, rows)."""
    if rows == 0:
        return np.empty((columns, 0))
    blocks = range(first // BLOCK_ROWS, (first + rows - 1) // BLOCK_ROWS + 1)
    drawn = np.concatenate([stream.block(block).random((columns, BLOCK_ROWS)) for block in blocks], axis=1)
    start = first - blocks[0] * BLOCK_ROWS
    return drawn[:, start : start + rows]
