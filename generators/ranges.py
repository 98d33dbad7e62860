"""Range types."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from generators.generator import Block, Blockwise, Generator


@dataclass(frozen=True, slots=True)
class Ranges(Blockwise):
    """Ranges `[a,b)`: a from `start`, b = a + a value of `length` (numbers; days for dates, else seconds).

    Moments are quoted, those in UTC end in +00. A length must be positive, or the range is `empty`.
    """

    start: Generator
    length: Generator

    def values(self, block: Block) -> pl.Series:
        low, length = block.of(self.start, "start"), block.of(self.length, "length")
        if isinstance(low.dtype, pl.Date):
            low, high = low.cast(pl.String), low.dt.offset_by(length.cast(pl.String) + "d").cast(pl.String)
        elif isinstance(low.dtype, pl.Datetime):
            low, high = _moment(low), _moment(low + (length * 1000).cast(pl.Duration("ms")))
        else:
            low, high = low.cast(pl.String), (low + length).cast(pl.String)
        return pl.select(pl.format("[{},{})", low, high)).to_series()


def _moment(moments: pl.Series) -> pl.Series:
    zone = "+00" if isinstance(moments.dtype, pl.Datetime) and moments.dtype.time_zone else ""
    return moments.dt.strftime(f'"%Y-%m-%d %H:%M:%S%.3f{zone}"')
