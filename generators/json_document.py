"""JSON documents."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from generators.errors import SpecError
from generators.generator import Generator
from generators.stream import Stream


@dataclass(frozen=True, slots=True)
class Json(Generator):
    """Compact JSON objects with the given keys, in their order; moments are ISO 8601 texts.

    A field may be a Json itself.
    """

    fields: tuple[tuple[str, Generator], ...]

    def __post_init__(self) -> None:
        if not self.fields:
            raise SpecError("a JSON document needs at least one key")

    def draw(self, stream: Stream, first: int, rows: int) -> pl.Series:
        return self.structs(stream, first, rows).struct.json_encode()

    def structs(self, stream: Stream, first: int, rows: int) -> pl.Series:
        """The documents as structs."""
        drawn = [_field(inner, stream.child(key), first, rows).alias(key) for key, inner in self.fields]
        return pl.DataFrame(drawn).to_struct("")


def _field(inner: Generator, stream: Stream, first: int, rows: int) -> pl.Series:
    if isinstance(inner, Json):
        return inner.structs(stream, first, rows)
    return _encodable(inner.draw(stream, first, rows))


def _encodable(values: pl.Series) -> pl.Series:
    """What json_encode writes as JSON has it: no dates, no decimals."""
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.strftime("%Y-%m-%dT%H:%M:%S%.3f" + ("Z" if values.dtype.time_zone else ""))
    if values.dtype in (pl.Date, pl.Time):
        return values.cast(pl.String)
    return values.cast(pl.Float64) if isinstance(values.dtype, pl.Decimal) else values
