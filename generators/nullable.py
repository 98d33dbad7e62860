"""Columns with nulls."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from generators.errors import SpecError
from generators.generator import Block, Blockwise, Generator


@dataclass(frozen=True, slots=True)
class Nullable(Blockwise):
    """The inner generator's values, a `fraction` (0 to 1) of them null."""

    inner: Generator
    fraction: float

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise SpecError("the share of nulls must lie between 0 and 1")

    def values(self, block: Block) -> pl.Series:
        inner = block.of(self.inner, "value")
        kept = pl.Series(block.rng.random(block.rows) >= self.fraction)
        return inner.zip_with(kept, pl.Series([None], dtype=inner.dtype).new_from_index(0, len(inner)))
