"""Ranges for parameters that are the ends of one: 1 to 10 % of the rows, where the rows are.

The share is drawn evenly between the two, so that a range is neither a point nor the whole table; a range
with one end takes the end of the column that it is open to (`> :since`: the latest).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_SMALLEST, _LARGEST = 0.01, 0.10


@dataclass(frozen=True, slots=True)
class Span:
    """A column's values in order, nulls left out, and which ends the query asks for."""

    ordered: tuple[Any, ...]
    low: bool
    high: bool

    def ends(self, value: Any, rng: np.random.Generator) -> tuple[Any, Any]:
        """Low and high of a range that begins at about `value`; None for both where there is no value."""
        if not self.ordered:
            return None, None
        rows = max(1, round(len(self.ordered) * rng.uniform(_SMALLEST, _LARGEST)))
        last = len(self.ordered) - 1
        if not self.high:
            return self.ordered[max(0, last - rows)], None
        if not self.low:
            return None, self.ordered[min(last, rows)]
        start = min(self._place(value), max(0, last - rows))
        return self._apart(start, min(last, start + rows))

    def first(self) -> tuple[Any, Any]:
        """The range at the beginning of the column."""
        return self._at(0)

    def last(self) -> tuple[Any, Any]:
        """The range at the end of the column."""
        return self._at(max(0, len(self.ordered) - 1 - self._few()))

    def _at(self, start: int) -> tuple[Any, Any]:
        if not self.ordered:
            return None, None
        return self._apart(start, min(len(self.ordered) - 1, start + self._few()))

    def _apart(self, start: int, end: int) -> tuple[Any, Any]:
        """The values at two places, widened until they differ where the column has two values."""
        low, high = self.ordered[start], self.ordered[end]
        if low == high:
            high = self.ordered[min(bisect_right(self.ordered, high), len(self.ordered) - 1)]
        if low == high:
            low = self.ordered[max(bisect_left(self.ordered, low) - 1, 0)]
        return low, high

    def _few(self) -> int:
        return max(1, round(len(self.ordered) * _SMALLEST))

    def _place(self, value: Any) -> int:
        return 0 if value is None else bisect_left(self.ordered, value)


def ordered(values: Sequence[Any]) -> tuple[Any, ...]:
    """The values sorted; none of them where they can't be compared with each other."""
    present = [value for value in values if value is not None]
    try:
        return tuple(sorted(present))
    except TypeError:
        return ()
