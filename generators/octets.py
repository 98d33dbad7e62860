"""Raw bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from generators.generator import Block, Blockwise


@dataclass(frozen=True, slots=True)
class Octets(Blockwise):
    """Random bytes, `least` to `most` of them."""

    least: int = 16
    most: int = 64

    def values(self, block: Block) -> pl.Series:
        lengths = block.rng.integers(self.least, self.most, block.rows, endpoint=True)
        ends = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
        data = block.rng.bytes(int(ends[-1]))
        binary = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(), block.rows, [None, pa.py_buffer(ends), pa.py_buffer(data)]
        )
        return pl.Series(values=binary)
