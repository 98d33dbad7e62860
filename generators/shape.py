"""What a generator must know about the column that it fills, and how values are made to fit it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from generators.generator import Generator
from generators.stream import Stream

INTEGERS = {"int2": 1 << 15, "int4": 1 << 31, "int8": 1 << 63}
FLOATS = {"float4", "float8"}
NUMBERS = {*INTEGERS, *FLOATS, "numeric"}
TEXTS = {"text", "varchar", "bpchar", "citext", "name", "char"}
MOMENTS = {"timestamp", "timestamptz"}
RANGES = {"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"}

DTYPES: dict[str, pl.DataType] = {
    "int2": pl.Int16(),
    "int4": pl.Int32(),
    "int8": pl.Int64(),
    "float4": pl.Float32(),
    "float8": pl.Float64(),
    "bool": pl.Boolean(),
    "timestamp": pl.Datetime("ms"),
    "timestamptz": pl.Datetime("ms", "UTC"),
    "date": pl.Date(),
    "time": pl.Time(),
    "interval": pl.Duration("ms"),
    "bytea": pl.Binary(),
}
"""The Polars type of a value by its base, but for numeric, whose digits decide; other bases are texts."""


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A column: its type as PostgreSQL has it (`base` is typname of the built-in type, or `enum`).

    `base` `any` takes values as they come. `length` counts characters. `labels` are all values allowed (an
    enum's, or those of CHECK ... IN), `low` and `high` numeric limits (included) of a CHECK. `rows` is how
    many rows the table has; `table` its name, which helps to tell what a `name` is.
    """

    name: str
    base: str = "any"
    array: bool = False
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    labels: tuple[str, ...] = ()
    not_null: bool = False
    unique: bool = False
    rows: int = 1
    table: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def digits(self) -> int:
        """Digits after the point; 2 for a numeric that doesn't say."""
        if self.base in INTEGERS:
            return 0
        return max(0, 2 if self.scale is None else self.scale) if self.base == "numeric" else 6

    @property
    def greatest(self) -> float:
        """The greatest value of the type and the limits."""
        most = np.inf
        if self.base in INTEGERS:
            most = INTEGERS[self.base] - 1
        elif self.base == "numeric" and self.precision is not None:
            most = 10 ** (self.precision - self.digits) - 10.0**-self.digits
        return most if self.high is None else min(most, self.high)

    @property
    def least(self) -> float:
        """The least value of the type and the limits."""
        least = -np.inf
        if self.base in INTEGERS:
            least = -INTEGERS[self.base]
        elif self.base == "numeric" and self.precision is not None:
            least = -(10 ** (self.precision - self.digits) - 10.0**-self.digits)
        return least if self.low is None else max(least, self.low)


def element_dtype(shape: ColumnShape) -> pl.DataType | None:
    """The Polars type of a value (of an array's element); None for `any`."""
    if shape.base == "any":
        return None
    if shape.base == "numeric":
        return pl.Decimal(min(38, shape.precision or 38), min(38, shape.digits))
    return DTYPES.get(shape.base, pl.String())


def dtype(shape: ColumnShape) -> pl.DataType | None:
    """The Polars type of the column; None for `any`."""
    element = element_dtype(shape)
    return pl.List(element) if shape.array and element is not None else element


@dataclass(frozen=True, slots=True)
class Fitted(Generator):
    """The inner generator's values in the column's type: limits, digits and length kept."""

    inner: Generator
    shape: ColumnShape

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return fit(self.inner.draw(stream, first, rows), self.shape)


def fit(values: pl.Series, shape: ColumnShape) -> pl.Series:
    """The values in the column's type; polars' errors where a value has no such form."""
    wanted = dtype(shape)
    if wanted is None:
        return values
    if values.dtype.is_numeric():
        values = _limited(values, shape)
    if wanted == pl.Binary and values.dtype == pl.String:
        return values.cast(pl.Binary)
    cast = _cast(values, wanted)
    return cast.str.slice(0, shape.length) if wanted == pl.String and shape.length else cast


def _limited(values: pl.Series, shape: ColumnShape) -> pl.Series:
    """Numbers inside the column's limits, whole where the column is."""
    if shape.base not in NUMBERS:
        return values
    if shape.base in INTEGERS and values.dtype.is_float():
        values = values.round()
    least, greatest = shape.least, shape.greatest
    low, high = (None if np.isinf(limit) else limit for limit in (least, greatest))
    if values.dtype.is_integer():
        low, high = (None if limit is None else int(limit) for limit in (low, high))
        if shape.base == "int8":
            return values if shape.low is None and shape.high is None else values.clip(low, high)
    return values.clip(low, high) if low is not None or high is not None else values


def _cast(values: pl.Series, wanted: pl.DataType) -> pl.Series:
    if values.dtype == wanted:
        return values
    if values.dtype == pl.String and isinstance(wanted, (pl.Datetime, pl.Date, pl.Time)):
        return (
            values.str.strptime(wanted, strict=True) if wanted != pl.Time else values.str.to_time("%H:%M:%S")
        )
    if isinstance(values.dtype, pl.Datetime) and isinstance(wanted, pl.Datetime):
        naive = values.dt.replace_time_zone(None) if values.dtype.time_zone else values
        return naive.cast(pl.Datetime("ms")).dt.replace_time_zone(wanted.time_zone)
    return values.cast(wanted, strict=True)
