"""What a generator is, and the blocks that make its values independent of how they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from generators.stream import BLOCK_ROWS, Stream

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Generator(ABC):
    """A column's values as a function of a stream and of the rows' numbers. Subclasses are frozen."""

    @abstractmethod
    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        """The values of rows `first` (from 0) to `first + rows - 1`."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of rows that is always generated as a whole; `rng` is fresh, and used by one call only."""

    stream: Stream
    number: int
    rng: np.random.Generator

    rows = BLOCK_ROWS

    @property
    def first(self) -> int:
        return self.number * BLOCK_ROWS

    @property
    def indices(self) -> Ints:
        """The numbers of the block's rows."""
        return np.arange(self.first, self.first + self.rows, dtype=np.int64)

    def of(self, inner: Generator, name: str) -> pl.Series:
        """The same rows of a generator inside, drawn from the stream's child `name`."""
        return inner.draw(self.stream.child(name), self.first, self.rows)


class Blockwise(Generator):
    """A generator that writes whole blocks; drawing slices them."""

    @abstractmethod
    def values(self, block: Block) -> pl.Series:
        """The values of all rows of the block."""

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        """The blocks that the rows touch, cut to the rows."""
        numbers = range(first // BLOCK_ROWS, max(first // BLOCK_ROWS, (first + rows - 1) // BLOCK_ROWS) + 1)
        blocks = [self.values(Block(stream, number, stream.block(number))) for number in numbers]
        whole = blocks[0] if len(blocks) == 1 else pl.concat(blocks, rechunk=True)
        return whole.slice(first - numbers.start * BLOCK_ROWS, rows).alias("")
