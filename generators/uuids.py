"""UUIDs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from generators.characters import Bytes, strings
from generators.generator import Block, Blockwise
from generators.permutation import permutation

_GROUPS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
_PAIRS = np.frombuffer("".join(f"{octet:02x}" for octet in range(256)).encode(), dtype=np.uint16)


@dataclass(frozen=True, slots=True)
class Uuids(Blockwise):
    """Version 4 UUIDs: random high halves, and row numbers in disguise as low halves, so all differ."""

    def values(self, block: Block) -> pl.Series:
        low = permutation(1 << 62, block.stream.key)(block.indices).astype(np.uint64)
        high = block.rng.integers(0, 1 << 64, block.rows, dtype=np.uint64)
        high = (high & np.uint64(0xFFFFFFFFFFFF0FFF)) | np.uint64(0x4000)
        return strings(_text(high, low | np.uint64(1 << 63)))


def _text(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> Bytes:
    octets = np.stack([high, low], axis=1).astype(">u8").view(np.uint8)
    digits = _PAIRS[octets].view(np.uint8)
    text = np.full((len(high), 36), ord("-"), dtype=np.uint8)
    for group, (start, end) in enumerate(_GROUPS):
        text[:, start + group : end + group] = digits[:, start:end]
    return text
