"""Texts that are all different, and still look like what people type."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import polars as pl

from generators.faker_pool import FakerPool
from generators.generator import Generator
from generators.permutation import permutation
from generators.stream import Stream


class Pool(Protocol):
    """Something that has a pool of values for a seed."""

    def pool(self, seed: int) -> pl.Series: ...


@dataclass(frozen=True, slots=True)
class Words:
    """A pool of given words."""

    words: tuple[str, ...]

    def pool(self, seed: int) -> pl.Series:
        return pl.Series(self.words, dtype=pl.String)


@dataclass(frozen=True, slots=True)
class UniqueText(Generator):
    """A word of each pool, then a number once all combinations are used: anna.smith, anna.smith2 ...

    `rows` is how many rows the table has; rows beyond it go on with new values. `slug` takes everything off
    the words but a-z and 0-9. `endings` are appended as they are, one each (`@example.com`). `length` is the
    greatest number of characters.
    """

    pools: tuple[Words | FakerPool, ...]
    rows: int
    separator: str = "."
    joint: str = ""
    endings: tuple[str, ...] = ("",)
    slug: bool = True
    length: int | None = None

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        pools = [_words(self, pool, stream.seed) for pool in self.pools]
        combinations = int(np.prod([len(pool) for pool in pools]))
        size = -(-max(self.rows, 1) // combinations) * combinations
        number = permutation(size, stream.key)(np.arange(first, first + rows, dtype=np.int64))
        ending = pl.Series(self.endings).gather(pl.Series(number % len(self.endings)))
        parts = []
        for pool in pools:
            number, word = np.divmod(number, len(pool))
            parts += [pl.lit(self.separator), pool.gather(pl.Series(word))]
        counted = self.joint + (pl.Series(number) + 1).cast(pl.String)
        counter = counted.zip_with(pl.Series(number > 0), pl.Series([""]).new_from_index(0, rows))
        return pl.select(pl.concat_str([*parts[1:], counter, ending])).to_series()

    @property
    def width(self) -> int | None:
        """Characters left for each word."""
        if self.length is None:
            return None
        taken = len(str(self.rows)) + 1 + len(self.joint) + max(map(len, self.endings))
        taken += len(self.separator) * (len(self.pools) - 1)
        return max(1, (self.length - taken) // len(self.pools))


@lru_cache(maxsize=256)
def _words(plan: UniqueText, pool: Words | FakerPool, seed: int) -> pl.Series:
    """The pool's different words, in their order, without those that would make two rows alike.

    Those are words that end as if numbered already, and of several words those that hold the separator.
    """
    texts = (str(word) for word in pool.pool(seed))
    cut = ((slug_of(text) if plan.slug else text)[: plan.width].strip() for text in texts)
    several = len(plan.pools) > 1
    kept = dict.fromkeys(
        text
        for text in cut
        if text and not numbered(text, plan.joint) and not (several and plan.separator in text)
    )
    return pl.Series(list(kept) or ["x"], dtype=pl.String)


def numbered(text: str, joint: str) -> bool:
    """True where the text ends in the joint and a number."""
    return re.search(re.escape(joint) + r"\d+$", text) is not None


def slug_of(text: str) -> str:
    """The text in a-z, 0-9 and inner hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")
