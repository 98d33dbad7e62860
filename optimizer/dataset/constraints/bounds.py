"""Limits as the smallest and largest value a column may hold, both included, in the column's own unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from generators.times import DAY_MS, milliseconds
from optimizer.dataset.constraints.limits import Bound, Limits, Value
from optimizer.dataset.constraints.types import DEFAULT_SCALE, INTEGERS
from optimizer.model.schema import ColumnType

_FLOAT_STEP = Decimal("0.000001")

Number = int | Decimal


@dataclass(frozen=True, slots=True)
class Bounds:
    """The ends (None: open) and the step from a value to the next.

    The unit is the number itself, milliseconds since 1970 for timestamps, days since 1970 for dates.
    """

    low: Number | None
    high: Number | None
    step: Number


def bounds(limits: Limits, kind: ColumnType) -> Bounds:
    """The bounds of a numeric or time column; open where a limit isn't of its type."""
    step = step_of(kind)
    return Bounds(_end(limits.low, kind, step, 1), _end(limits.high, kind, step, -1), step)


def step_of(kind: ColumnType) -> Number:
    """The distance between neighbouring values that are generated."""
    if kind.base == "numeric":
        scale = DEFAULT_SCALE if kind.precision is None else kind.scale or 0
        return Decimal(1).scaleb(-scale)
    return _FLOAT_STEP if kind.base in ("float4", "float8") else 1


def number(value: Value, kind: ColumnType) -> Number | None:
    """The value in the column's unit; None for what is neither a number nor a time."""
    if isinstance(value, Decimal):
        return int(value) if kind.base in INTEGERS and value == int(value) else value
    if isinstance(value, datetime):
        return milliseconds(value)
    if isinstance(value, date):
        return milliseconds(value) // DAY_MS
    return None


def _end(bound: Bound | None, kind: ColumnType, step: Number, inward: int) -> Number | None:
    if bound is None:
        return None
    value = number(bound.value, kind)
    if value is None:
        return None
    if isinstance(value, Decimal) and step == 1:  # an integer column against 0.5
        return math.ceil(value) if inward > 0 else math.floor(value)
    return value if bound.inclusive else value + step * inward
