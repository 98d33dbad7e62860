"""Network addresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Generator
from generators.permutation import permutation
from generators.stream import Stream

_OCTETS = pl.Series([str(octet) for octet in range(256)])
_HEX = pl.Series([f"{octet:02x}" for octet in range(256)])


@dataclass(frozen=True, slots=True)
class Ips(Generator):
    """IPv4 addresses of 10.0.0.0/8 and on, all different."""

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        numbers = permutation(200 << 24, stream.key)(np.arange(first, first + rows, dtype=np.int64))
        octets = [_OCTETS.gather(pl.Series((numbers >> shift) & 255)) for shift in (16, 8, 0)]
        leading = _OCTETS.gather(pl.Series(10 + (numbers >> 24) % 200))
        return pl.select(pl.concat_str([leading, *octets], separator=".")).to_series()


@dataclass(frozen=True, slots=True)
class Macs(Generator):
    """MAC addresses, locally administered, all different."""

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        numbers = permutation(1 << 40, stream.key)(np.arange(first, first + rows, dtype=np.int64))
        parts = [_HEX.gather(pl.Series((numbers >> shift) & 255)) for shift in (32, 24, 16, 8, 0)]
        return pl.select(pl.concat_str([pl.lit("02"), *parts], separator=":")).to_series()
