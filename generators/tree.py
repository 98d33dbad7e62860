"""Trees: nested categories, comment threads, organisations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Ints
from generators.stream import Stream


@dataclass(frozen=True, slots=True)
class Tree:
    """A forest of `nodes` rows under `roots` roots, a node having 1 to 2 * branching - 1 children.

    Rows come level by level, so parents stand before their children and siblings side by side.
    """

    nodes: int
    branching: int = 5
    roots: int | None = None

    def __post_init__(self) -> None:
        if self.branching < 1 or (self.roots is not None and self.roots < 1):
            raise SpecError("a tree needs at least one root, and at least one child a node")

    def frame(self, stream: Stream) -> pl.DataFrame:
        """All nodes: parent (row number, null for a root), ordinal (among siblings, from 0), depth (0 for
        roots), lft and rgt (nested set, 1 to 2 * nodes)."""
        return _frame(self, stream)

    def paths(self, stream: Stream, labels: pl.Series, separator: str = ".") -> pl.Series:
        """The labels (one a node) from the root down to each node, joined."""
        frame = self.frame(stream)
        depth, parents = frame["depth"].to_numpy(), frame["parent"]
        levels: list[pl.Series] = []
        for level in range(int(depth.max(initial=-1)) + 1):
            rows = np.flatnonzero(depth == level)
            own = labels.gather(pl.Series(rows)).cast(pl.String)
            if level:
                above = parents.gather(pl.Series(rows)) - int(np.searchsorted(depth, level - 1))
                own = levels[-1].gather(above) + separator + own
            levels.append(own)
        return pl.concat(levels) if levels else pl.Series([], dtype=pl.String)


@lru_cache(maxsize=16)
def _frame(tree: Tree, stream: Stream) -> pl.DataFrame:
    parents = _parents(tree, stream)
    depths = _depths(parents)
    sizes = _sizes(parents, depths)
    before = _before(parents, depths, sizes)
    roots = int(np.count_nonzero(parents < 0))
    rows = np.arange(tree.nodes, dtype=np.int64)
    siblings = np.where(parents < 0, rows, rows - np.searchsorted(parents, parents))
    frame = pl.DataFrame(
        {
            "parent": pl.Series(parents).set(pl.Series(rows < roots), None),
            "ordinal": siblings,
            "depth": depths,
            "lft": 2 * before - depths + 1,
            "rgt": 2 * before - depths + 2 * sizes,
        },
        schema_overrides={"parent": pl.Int64},
    )
    return frame


def _parents(tree: Tree, stream: Stream) -> Ints:
    """The parent of each node, -1 for roots; never falls from one row to the next."""
    roots = min(tree.nodes, tree.roots or max(1, min(10, tree.nodes // 10)))
    children = stream.block(0).integers(1, 2 * tree.branching - 1, tree.nodes, endpoint=True)
    below = np.repeat(np.arange(tree.nodes, dtype=np.int64), children)[: tree.nodes - roots]
    return np.concatenate((np.full(roots, -1, dtype=np.int64), below))


def _depths(parents: Ints) -> Ints:
    depths = np.zeros(len(parents), dtype=np.int64)
    start = int(np.count_nonzero(parents < 0))
    level = 0
    while start < len(parents):
        level += 1
        end = int(np.searchsorted(parents, start))
        depths[start:end] = level
        start = end
    return depths


def _sizes(parents: Ints, depths: Ints) -> Ints:
    """The nodes of each node's subtree, itself included."""
    sizes = np.ones(len(parents), dtype=np.int64)
    for level in range(int(depths.max(initial=0)), 0, -1):
        rows = np.flatnonzero(depths == level)
        np.add.at(sizes, parents[rows], sizes[rows])
    return sizes


def _before(parents: Ints, depths: Ints, sizes: Ints) -> Ints:
    """How many nodes a walk (node first, then its children in order) meets before each node."""
    before = np.zeros(len(parents), dtype=np.int64)
    for level in range(int(depths.max(initial=-1)) + 1):
        rows = np.flatnonzero(depths == level)
        elder = np.cumsum(sizes[rows]) - sizes[rows]
        eldest = np.searchsorted(parents[rows], parents[rows])
        before[rows] = elder - elder[eldest] + (before[parents[rows]] + 1 if level else 0)
    return before
