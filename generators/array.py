"""Columns of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from generators.generator import Block, Blockwise, Generator, Ints


@dataclass(frozen=True, slots=True)
class Array(Blockwise):
    """Arrays of `least` to `most` values of the inner generator; `distinct` drops repeated ones."""

    inner: Generator
    least: int = 0
    most: int = 5
    distinct: bool = True

    def values(self, block: Block) -> pl.Series:
        lengths = block.rng.integers(self.least, self.most, block.rows, endpoint=True)
        elements = block.stream.child(f"elements\x1f{block.number}")
        lists = grouped(self.inner.draw(elements, 0, int(lengths.sum())), lengths)
        return lists.list.unique(maintain_order=True) if self.distinct else lists


def grouped(elements: pl.Series, lengths: Ints) -> pl.Series:
    """The elements in lists, row after row, of the given lengths."""
    ends = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    lists = pl.Series(values=pa.LargeListArray.from_arrays(pa.array(ends), elements.to_arrow()))
    return lists.cast(pl.List(elements.dtype))
