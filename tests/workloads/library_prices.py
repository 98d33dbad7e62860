"""A generator function of a user's own, found beside the workload file."""

from __future__ import annotations

import numpy as np


def price(rng: np.random.Generator, rows: int, first: int) -> np.ndarray:
    """Prices in whole cents from 1 to 99.98."""
    return rng.integers(100, 9999, rows) / 100
