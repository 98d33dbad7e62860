"""Texts of fixed width, written as a matrix of characters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from generators.generator import Block, Blockwise, Generator
from generators.permutation import permutation
from generators.stream import Stream

HEX = "0123456789abcdef"
CODE = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BASE64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

Bytes = npt.NDArray[np.uint8]


def strings(characters: Bytes) -> pl.Series:
    """A column of texts from a matrix of ASCII characters, one row each."""
    rows, width = characters.shape
    ends = pa.py_buffer(np.arange(0, rows * width + 1, max(width, 1), dtype=np.int64))
    texts = pa.LargeStringArray.from_buffers(rows, ends, pa.py_buffer(np.ascontiguousarray(characters)))
    return pl.Series(values=texts)


def alphabet_of(text: str) -> Bytes:
    """The alphabet as a table of character codes."""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Characters(Blockwise):
    """A prefix and `width` random characters of the alphabet: hashes, tokens, colours."""

    width: int
    alphabet: str = HEX
    prefix: str = ""

    def values(self, block: Block) -> pl.Series:
        drawn = block.rng.integers(0, len(self.alphabet), (block.rows, self.width), dtype=np.uint8)
        texts = strings(alphabet_of(self.alphabet)[drawn])
        return (pl.Series([self.prefix]).new_from_index(0, len(texts)) + texts) if self.prefix else texts


@dataclass(frozen=True, slots=True)
class Codes(Generator):
    """Different codes of exactly `width` characters, in no visible order; all used up, they repeat."""

    width: int
    alphabet: str = CODE

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        domain = min(len(self.alphabet) ** self.width, 1 << 62)
        rest = permutation(domain, stream.key)(np.arange(first, first + rows, dtype=np.int64) % domain)
        digits = np.empty((rows, self.width), dtype=np.uint8)
        for place in range(self.width - 1, -1, -1):
            rest, digits[:, place] = np.divmod(rest, len(self.alphabet))
        return strings(alphabet_of(self.alphabet)[digits])
