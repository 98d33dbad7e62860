"""Points on a map."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from generators.generator import Block, Blockwise
from generators.numbers import Uniform


@dataclass(frozen=True, slots=True)
class Points(Blockwise):
    """PostgreSQL's points `(x,y)`, x the longitude and y the latitude in degrees, six digits."""

    latitude: tuple[float, float] = (-60.0, 70.0)
    longitude: tuple[float, float] = (-180.0, 180.0)

    def values(self, block: Block) -> pl.Series:
        x = block.of(Uniform(*self.longitude), "longitude")
        y = block.of(Uniform(*self.latitude), "latitude")
        return pl.select(pl.format("({},{})", x, y)).to_series()
