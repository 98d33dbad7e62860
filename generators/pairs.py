"""Pairs of foreign keys, no pair twice: composite unique keys such as (product_id, user_id)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from generators.errors import SpecError
from generators.generator import Ints
from generators.permutation import permutation
from generators.references import PerParent
from generators.stream import Stream
from generators.zipf import bounded_offset, shares

_POINTS = 1 << 40


@dataclass(frozen=True, slots=True)
class UniquePairs:
    """Distinct pairs (row of the left parent, row of the right parent).

    Each left parent has an exact number of rows (skews of PerParent). Its right parents are all different;
    with `right_skew` zipf some right parents are frequent, by systematic sampling from their shares (Madow
    1949), which never draws one twice while no share exceeds 1 / count; other left parents get theirs evenly.
    """

    left: int
    right: int
    rows: int
    left_skew: str = "none"
    right_skew: str = "none"

    def __post_init__(self) -> None:
        if self.rows > self.left * self.right:
            possible = self.left * self.right
            raise SpecError(
                f"{self.rows} rows, but only {possible} different pairs", (), "ask for fewer rows"
            )

    def draw(self, stream: Stream, first: int, rows: int) -> tuple[pl.Series, pl.Series]:
        """The pairs of rows `first` to `first + rows - 1`, as two columns."""
        plan = PerParent.of_rows(self.left, self.rows, self.left_skew, self.right)
        lefts, ordinals = plan.locate(stream, first, rows)
        rights = self._even(stream, lefts, ordinals)
        if self.right_skew == "zipf":
            skewed, allowed = self._skewed(stream, plan.counts(stream)[lefts], lefts, ordinals)
            rights = np.where(allowed, skewed, rights)
        return pl.Series(lefts), pl.Series(rights)

    def _even(self, stream: Stream, lefts: Ints, ordinals: Ints) -> Ints:
        """Steps around a shuffled circle of the right parents, from a start of the left one's own."""
        start = permutation(_POINTS, stream.child("start").key)(lefts) % self.right
        at = (start + ordinals * _coprime(self.right)) % self.right
        return permutation(self.right, stream.child("circle").key)(at)

    def _skewed(
        self, stream: Stream, counts: Ints, lefts: Ints, ordinals: Ints
    ) -> tuple[Ints, np.typing.NDArray[np.bool_]]:
        ends, widest = _intervals(self.right)
        start = permutation(_POINTS, stream.child("point").key)(lefts)
        at = (start + ordinals * (_POINTS // np.maximum(counts, 1))) % _POINTS
        ranks = np.searchsorted(ends, at, side="right").astype(np.int64)
        return permutation(self.right, stream.child("circle").key)(ranks), counts <= _POINTS // widest


@lru_cache(maxsize=16)
def _intervals(count: int) -> tuple[Ints, int]:
    """The ends of the right parents' intervals of 0 .. _POINTS, and the widest one's length."""
    ends = np.rint(np.cumsum(shares(count, 1.0, bounded_offset(count))) * _POINTS).astype(np.int64)
    ends[-1] = _POINTS
    return ends, int(np.diff(ends, prepend=0).max())


def _coprime(count: int) -> int:
    """A step near the golden section of the circle that reaches every place."""
    step = max(1, round(count * 0.6180339887))
    while math.gcd(step, count) != 1:
        step += 1
    return step
