"""Reproducible streams of random numbers, one for each column."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BLOCK_ROWS = 16_384
"""Rows that share one generator of random numbers; part of what decides a column's bytes."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The randomness of one column; equal streams give equal numbers, on every machine."""

    seed: int
    table: str
    column: str

    def child(self, name: str) -> Stream:
        """An independent stream for a part of the column."""
        return Stream(self.seed, self.table, f"{self.column}\x1f{name}")

    @property
    def key(self) -> int:
        """128 bits that stand for this stream."""
        return _key(self.seed, self.table, self.column)

    def block(self, number: int) -> np.random.Generator:
        """A fresh generator for rows number * BLOCK_ROWS and on."""
        key = self.key
        words = [(key >> shift) & 0xFFFFFFFF for shift in (0, 32, 64, 96)]
        return np.random.default_rng([*words, number])


@lru_cache(maxsize=4096)
def _key(seed: int, table: str, column: str) -> int:
    text = "\x1e".join((str(seed), table, column))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")
