"""A mapping of the workload file while it is read, and what every kind of generator asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from generators import readings as read
from generators.errors import SpecError
from generators.faker_pool import near
from generators.generator import Generator
from generators.numbers import DIGITS
from generators.python_values import Value, json_of, series_of
from generators.shape import INTEGERS, NUMBERS, ColumnShape, fit

KINDS: dict[str, frozenset[str]] = {
    "faker": frozenset({"locale", "args"}),
    "choices": frozenset(),
    "between": frozenset({"skew", "ordered", "round"}),
    "lognormal": frozenset({"round"}),
    "normal": frozenset({"round"}),
    "uniform": frozenset({"round"}),
    "zipf": frozenset(),
    "json": frozenset({"locale"}),
    "point": frozenset(),
    "array": frozenset({"locale"}),
    "range": frozenset(),
    "text": frozenset(),
    "sequence": frozenset(),
    "template": frozenset({"locale"}),
    "boolean": frozenset(),
    "constant": frozenset(),
    "value": frozenset(),
    "generator": frozenset(),
}
"""Every kind, and the options that its mapping may hold beside `nulls`."""

_JSON = {"json", "jsonb"}


def is_generator(mapping: Mapping[str, Any]) -> bool:
    """True where exactly one key is a kind, and all others are options of it."""
    kinds = [key for key in mapping if key in KINDS]
    return len(kinds) == 1 and set(mapping) <= {kinds[0], "nulls", *KINDS[kinds[0]]}


@dataclass(frozen=True)
class Entry:
    """A mapping being read: `given` is what stands at the kind's key, `options` the whole mapping."""

    given: Any
    options: Mapping[str, Any]
    shape: ColumnShape
    locale: str
    nested: Callable[[Any, ColumnShape], Generator]

    @property
    def digits(self) -> int:
        """Digits after the point: `round`, else the column's."""
        if "round" in self.options:
            return read.whole(self.options["round"], 0, "round")
        return self.shape.digits if self.shape.base in NUMBERS else DIGITS

    @property
    def is_whole(self) -> bool:
        return self.shape.base in INTEGERS or self.digits == 0


def flag(entry: Entry, key: str) -> bool:
    value = entry.options.get(key, False)
    if not isinstance(value, bool):
        raise SpecError(f"{value!r} is neither true nor false", (key,))
    return value


def fitting(values: tuple[Value, ...], shape: ColumnShape, key: str) -> tuple[Value, ...]:
    """The values in a form that the column takes; SpecError with the first that it doesn't."""
    if shape.base in _JSON:
        values = tuple(_as_json(value) for value in values)
    for value in values:
        if shape.labels and value is not None and str(value) not in shape.labels:
            raise SpecError(f"the column allows no {value!r}", (key,), near(str(value), shape.labels))
        if shape.length and isinstance(value, str) and key != "faker" and len(value) > shape.length:
            raise SpecError(f"{value!r} is longer than {shape.length} characters", (key,))
        _check_type(value, shape, key)
    return tuple(read.hashable(value) for value in values)


def _check_type(value: Value, shape: ColumnShape, key: str) -> None:
    if value is None or shape.array:
        return
    try:
        fit(series_of([value]), shape)
    except pl.exceptions.PolarsError as error:
        raise SpecError(f"{value!r} is no value of a column of type {shape.base}", (key,)) from error


def _as_json(value: Value) -> Value:
    return value if value is None or (isinstance(value, str) and value[:1] in '{["') else json_of(value)


def not_unique(key: str) -> SpecError:
    return SpecError(
        "the column is unique", (key,), "use a template with {n}, a sequence, or uniform integers"
    )


def too_few(values: int, rows: int, key: str) -> SpecError:
    return SpecError(f"the column is unique, but {values} values can't fill {rows} rows", (key,))


def not_on_unique(generator: Generator, entry: Entry, kind: str) -> Generator:
    """The generator, or SpecError where the column is unique: its values repeat."""
    if entry.shape.unique:
        raise not_unique(kind)
    return generator
