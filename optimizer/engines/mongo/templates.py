"""Templates of a program as functions of a binding's values: fast, as they stand inside the clock. Pure.

What holds no leaf is made once and shared by all executions; only the way to each leaf is built anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from optimizer.engines.mongo.program import Leaf, Values
from optimizer.engines.mongo.values import decimal128

Make = Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Template:
    """`make` gives the value for a binding; `constant` where that is always the same object."""

    make: Make
    constant: bool


def template(value: Any) -> Template:
    """The template of a value with leaves in it; decimals become Decimal128."""
    if isinstance(value, Leaf):
        return Template(_leaf(value), constant=False)
    if isinstance(value, Mapping):
        return _document(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _array(value)
    return _constant(_plain(value))


def _constant(value: Any) -> Template:
    return Template(lambda _: value, constant=True)


def _leaf(leaf: Leaf) -> Make:
    evaluate = leaf.evaluate
    return lambda values: _plain(evaluate(values))


def _document(value: Mapping[str, Any]) -> Template:
    parts = {key: template(item) for key, item in value.items()}
    fixed = {key: part.make({}) if part.constant else None for key, part in parts.items()}
    moving = tuple((key, part.make) for key, part in parts.items() if not part.constant)
    if not moving:
        return _constant(fixed)

    def make(values: Values) -> dict[str, Any]:
        made = fixed.copy()
        for key, one in moving:
            made[key] = one(values)
        return made

    return Template(make, constant=False)


def _array(value: Sequence[Any]) -> Template:
    parts = [template(item) for item in value]
    fixed = [part.make({}) if part.constant else None for part in parts]
    moving = tuple((place, part.make) for place, part in enumerate(parts) if not part.constant)
    if not moving:
        return _constant(fixed)

    def make(values: Values) -> list[Any]:
        made = fixed.copy()
        for place, one in moving:
            made[place] = one(values)
        return made

    return Template(make, constant=False)


def _plain(value: Any) -> Any:
    """A value with its decimals as BSON has them."""
    if isinstance(value, Decimal):
        return decimal128(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
