"""Two designs measured side by side, round by round: which is faster, by how much, and how surely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.statistics.binomial import interval_ranks


@dataclass(frozen=True, slots=True)
class Paired:
    """The median of the paired ratios (second / first) with its 95 % interval; `rounds` is how many pairs.

    With fewer than six rounds no interval can be had and the two can't be told apart.
    """

    ratio: float
    low: float
    high: float
    rounds: int

    @property
    def faster(self) -> bool:
        """The second is faster, and the interval says so."""
        return self.high < 1.0

    @property
    def slower(self) -> bool:
        """The second is slower, and the interval says so."""
        return self.low > 1.0

    @property
    def tied(self) -> bool:
        """The two can't be told apart."""
        return not (self.faster or self.slower)


def compare(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Compare two series of the same rounds by the ratio of each pair (values above zero).

    The interval is that of the median by order statistics (the sign test turned round), which supposes
    nothing of the distribution: six rounds are the least that can decide at 95 %.
    """
    ratios = np.sort(np.asarray(second, dtype=float) / np.asarray(first, dtype=float))
    n = len(ratios)
    if n == 0:
        return Paired(1.0, 0.0, float("inf"), 0)
    low, high = interval_ranks(n, 0.5)
    return Paired(
        ratio=float(np.median(ratios)),
        low=float(ratios[low - 1]) if low >= 1 else 0.0,
        high=float(ratios[high - 1]) if high <= n else float("inf"),
        rounds=n,
    )
