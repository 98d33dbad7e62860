"""Prose with a natural word frequency, so that text search is as selective as on real text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from generators.array import grouped
from generators.errors import SpecError
from generators.generator import Block, Blockwise, Ints
from generators.vocabulary import content_words, vocabulary
from generators.zipf import cumulative

_GUIDE = 1 << 16
_SENTENCE = (5, 15)


@dataclass(frozen=True, slots=True)
class Text(Blockwise):
    """Sentences of `least` to `most` words, by Zipf's law over a vocabulary of 6,000.

    The frequent words are in most texts, the rare ones in about one of 50,000 words. `title` gives a title
    without function words and full stop instead: Every Word With A Capital. `length` is the greatest number
    of characters; longer texts are cut after a word.
    """

    least: int = 8
    most: int = 60
    length: int | None = None
    title: bool = False

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise SpecError("a text needs 1 <= min <= max words")

    def values(self, block: Block) -> pl.Series:
        lengths = block.rng.integers(self.least, self.most, block.rows, endpoint=True)
        guide = _guide(len(content_words() if self.title else vocabulary()))
        drawn = guide[block.rng.integers(0, _GUIDE, int(lengths.sum()), dtype=np.uint16)]
        words = self._titled(drawn) if self.title else _sentences(drawn, lengths, block.rng)
        return _cut(grouped(words, lengths).list.join(" "), self.length)

    def _titled(self, drawn: npt.NDArray[np.uint32]) -> pl.Series:
        return _titles().gather(pl.Series(drawn))


def _sentences(drawn: npt.NDArray[np.uint32], lengths: Ints, rng: np.random.Generator) -> pl.Series:
    """The words, with a capital at the start and a full stop at the end of each sentence."""
    ends = np.zeros(len(drawn), dtype=bool)
    ends[np.cumsum(rng.integers(*_SENTENCE, len(drawn) // _SENTENCE[0])).clip(max=len(drawn) - 1)] = True
    ends[np.cumsum(lengths) - 1] = True
    starts = np.concatenate(([True], ends[:-1]))
    form = starts.astype(np.uint32) + 2 * ends.astype(np.uint32)
    return _forms().gather(pl.Series(drawn + form * np.uint32(len(vocabulary()))))


@lru_cache(maxsize=1)
def _forms() -> pl.Series:
    """Every word plain, with a capital, with a full stop, with both."""
    words = vocabulary()
    capitals = [word.capitalize() for word in words]
    return pl.Series([*words, *capitals, *(f"{w}." for w in words), *(f"{w}." for w in capitals)])


@lru_cache(maxsize=1)
def _titles() -> pl.Series:
    return pl.Series([word.capitalize() for word in content_words()])


@lru_cache(maxsize=4)
def _guide(words: int) -> npt.NDArray[np.uint32]:
    """The word at each of _GUIDE equally likely points: a draw is a look-up.

    The guide table of Chen and Asau, "On generating random variates from an empirical distribution" (1974),
    fine enough here to be used without the search that follows it.
    """
    points = (np.arange(_GUIDE) + 0.5) / _GUIDE
    return np.searchsorted(cumulative(words, 1.0, 2.0), points).clip(max=words - 1).astype(np.uint32)


def _cut(texts: pl.Series, length: int | None) -> pl.Series:
    if length is None:
        return texts
    whole = texts.str.slice(0, length + 1).str.replace(r"\s+\S*$", "").str.slice(0, length)
    return whole.zip_with(texts.str.len_chars() > length, texts)
