"""Foreign keys: which parent each child row has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Block, Blockwise, Generator, Ints
from generators.permutation import permutation
from generators.stream import Stream
from generators.zipf import bounded_offset, cumulative, search, shares

SKEWS = ("none", "uniform", "poisson", "zipf")


@dataclass(frozen=True, slots=True)
class PerParent(Generator):
    """Exact children per parent: round(parents * mean) rows in all, each parent's in no visible order.

    `none`: as many for each parent as can be (differences of 1); `uniform`: 0 to twice the mean; `poisson`;
    `zipf`: the hottest parent has about 1.5 % of the rows (three times its share where there are fewer than
    200 parents), half of the parents less than the mean. No parent has more than `most` children.
    Values are row numbers of the parent table; which parents are hot is shuffled.
    """

    parents: int
    mean: float
    skew: str = "none"
    most: int | None = None

    def __post_init__(self) -> None:
        if self.skew not in SKEWS:
            raise SpecError(f"skew {self.skew!r} isn't one of {', '.join(SKEWS)}")
        if self.total and self.parents < 1:
            raise SpecError("there are no parents to refer to")
        if self.most is not None and self.total > self.parents * self.most:
            raise SpecError(f"{self.total} rows, but {self.parents} parents with at most {self.most} each")

    @classmethod
    def of_rows(cls, parents: int, rows: int, skew: str = "none", most: int | None = None) -> PerParent:
        """Exactly `rows` children in all."""
        return cls(parents, rows / parents if parents else rows, skew, most)

    @property
    def total(self) -> int:
        """The number of child rows."""
        return round(self.parents * self.mean) if self.parents else round(self.mean)

    def counts(self, stream: Stream) -> Ints:
        """Children of each parent, by the parent's row number."""
        return np.diff(_starts(self, stream))

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return pl.Series(self.locate(stream, first, rows)[0])

    def ordinals(self, stream: Stream, first: int, rows: int) -> pl.Series:
        """Which child of its parent each row is, from 0."""
        return pl.Series(self.locate(stream, first, rows)[1])

    def locate(self, stream: Stream, first: int, rows: int) -> tuple[Ints, Ints]:
        """The rows' parents and ordinals. Rows beyond the total repeat those from the start."""
        starts = _starts(self, stream)
        total = int(starts[-1])
        if not rows or not total:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        indices = np.arange(first, first + rows, dtype=np.int64) % total
        places = permutation(total, stream.child("places").key)(indices)
        parents = (np.searchsorted(starts, places, side="right") - 1).astype(np.int64)
        return parents, places - starts[parents]


@dataclass(frozen=True, slots=True)
class Pick(Blockwise):
    """Parents drawn for each row by itself: `none` (all as likely) or `zipf` (shuffled, bounded)."""

    parents: int
    skew: str = "none"

    def __post_init__(self) -> None:
        if self.parents < 1:
            raise SpecError("there are no parents to refer to")
        if self.skew not in SKEWS:
            raise SpecError(f"skew {self.skew!r} isn't one of {', '.join(SKEWS)}")

    def values(self, block: Block) -> pl.Series:
        if self.skew != "zipf":
            return pl.Series(block.rng.integers(0, self.parents, block.rows))
        table = cumulative(self.parents, 1.0, bounded_offset(self.parents))
        ranks = search(table, block.rng.random(block.rows))
        return pl.Series(permutation(self.parents, block.stream.child("ranks").key)(ranks))


@lru_cache(maxsize=32)
def _starts(plan: PerParent, stream: Stream) -> Ints:
    """The place of each parent's first child, and the total at the end."""
    starts = np.concatenate(([0], np.cumsum(_counts(plan, stream)))).astype(np.int64)
    starts.setflags(write=False)
    return starts


def _counts(plan: PerParent, stream: Stream) -> Ints:
    rng = stream.child("counts").block(0)
    drawn = _drawn(plan, rng)[permutation(max(plan.parents, 1), stream.child("ranks").key)(_range(plan))]
    return _balanced(drawn, plan.total, plan.total if plan.most is None else plan.most, rng)


def _drawn(plan: PerParent, rng: np.random.Generator) -> Ints:
    """Counts by rank, whose sum is about right."""
    if plan.skew == "zipf":
        return _apportioned(plan)
    if plan.skew == "poisson":
        return rng.poisson(plan.mean, plan.parents).astype(np.int64)
    if plan.skew == "uniform":
        return rng.integers(0, round(2 * plan.mean), plan.parents, endpoint=True)
    base, more = divmod(plan.total, max(plan.parents, 1))
    return base + (_range(plan) < more).astype(np.int64)


def _apportioned(plan: PerParent) -> Ints:
    """Zipf's shares of the total in whole rows, by the cumulated shares rounded (so the sum is exact)."""
    offset = bounded_offset(plan.parents)
    ends = np.rint(np.cumsum(shares(plan.parents, 1.0, offset)) * plan.total)
    return np.diff(ends, prepend=0).astype(np.int64)


def _balanced(counts: Ints, total: int, most: int, rng: np.random.Generator) -> Ints:
    """The counts, rows taken from or given to parents at random until the sum is exact and none too high."""
    counts = np.minimum(counts, most)
    while (missing := total - int(counts.sum())) != 0:
        if missing < 0:
            owners = np.repeat(np.arange(len(counts)), counts)
            lost = rng.choice(owners, -missing, replace=False)
            return counts - np.bincount(lost, minlength=len(counts))
        open_ = np.flatnonzero(counts < most)
        counts = counts + np.bincount(rng.choice(open_, missing), minlength=len(counts))
        counts = np.minimum(counts, most)
    return counts


def _range(plan: PerParent) -> Ints:
    return np.arange(plan.parents, dtype=np.int64)
