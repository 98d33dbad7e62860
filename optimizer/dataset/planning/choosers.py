"""Generators of parents' row numbers that stand beside those for plain columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Generator
from generators.pairs import UniquePairs
from generators.permutation import permutation
from generators.stream import Stream
from generators.tree import Tree


@dataclass(frozen=True, slots=True)
class Distinct(Generator):
    """A different parent for each row, in no visible order; none for rows beyond the number of parents."""

    parents: int

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        shuffle = permutation(max(1, self.parents), stream.key)
        indices = np.arange(first, first + rows, dtype=np.int64)
        return pl.Series(shuffle(indices)).set(pl.Series(indices >= self.parents), None)


@dataclass(frozen=True, slots=True)
class PairSide(Generator):
    """One side (0 left, 1 right) of distinct pairs; both sides have the same `name`."""

    pairs: UniquePairs
    side: int
    name: str

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return self.pairs.draw(Stream(stream.seed, stream.table, self.name), first, rows)[self.side]


@dataclass(frozen=True, slots=True)
class TreePart(Generator):
    """A column of a tree (`parent`, `ordinal`, `depth`, `lft`, `rgt`); all parts have the same `name`.

    With `rooted` a root is its own parent.
    """

    tree: Tree
    part: str
    name: str
    rooted: bool = False

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        frame = self.tree.frame(Stream(stream.seed, stream.table, self.name))
        values = frame[self.part].slice(first, rows)
        if not self.rooted:
            return values
        return values.fill_null(pl.Series(np.arange(first, first + rows, dtype=np.int64)))
