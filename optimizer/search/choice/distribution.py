"""Weighted samples of latencies, and the percentiles of several of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distribution:
    """Samples in milliseconds, ascending, and the weight of each; `total_ms` is their weighted sum."""

    samples: Floats
    weights: Floats
    total_ms: float


def distribution(samples: Sequence[float], weight: float) -> Distribution:
    """The samples share the weight equally; ValueError where there are none."""
    if not samples:
        raise ValueError("a distribution needs a sample")
    ordered = np.sort(np.asarray(samples, dtype=np.float64))
    weights = np.full(len(ordered), weight / len(ordered))
    return Distribution(ordered, weights, float(np.mean(ordered)) * weight)


def mixture(parts: Sequence[Distribution]) -> Distribution:
    """All parts together, each with the weight it has."""
    if len(parts) == 1:
        return parts[0]
    samples = np.concatenate([part.samples for part in parts])
    order = np.argsort(samples, kind="stable")
    weights = np.concatenate([part.weights for part in parts])[order]
    return Distribution(samples[order], weights, sum(part.total_ms for part in parts))


def envelope(parts: Sequence[Distribution]) -> Distribution:
    """The fastest distribution that no part is faster than: at each latency the highest of their CDFs.

    All parts weigh the same. First-order stochastic dominance: every percentile of it, also in a mixture
    with others, is at most that of any part in its place.
    """
    if len(parts) == 1:
        return parts[0]
    grid = np.unique(np.concatenate([part.samples for part in parts]))
    reached = np.max([_cumulative(part, grid) for part in parts], axis=0)
    weights = np.diff(reached, prepend=0.0)
    kept = weights > 0
    return Distribution(grid[kept], weights[kept], float(grid[kept] @ weights[kept]))


def percentile(parts: Sequence[Distribution], percent: float, shifts_ms: Sequence[float] = ()) -> float:
    """The smallest sample that at least `percent` percent of the weight doesn't exceed (nearest rank).

    `shifts_ms` are added to the samples of each part.
    """
    shifts = shifts_ms or [0.0] * len(parts)
    samples = np.concatenate([part.samples + ms for part, ms in zip(parts, shifts, strict=True)])
    order = np.argsort(samples, kind="stable")
    reached = np.cumsum(np.concatenate([part.weights for part in parts])[order])
    wanted = reached[-1] * (percent / 100 - 1e-9)
    return float(samples[order][np.searchsorted(reached, wanted)])


def _cumulative(part: Distribution, grid: Floats) -> Floats:
    reached = np.concatenate(([0.0], np.cumsum(part.weights)))
    return reached[np.searchsorted(part.samples, grid, side="right")]
