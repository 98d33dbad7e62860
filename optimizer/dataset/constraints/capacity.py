"""How many different values a column can take."""

from __future__ import annotations

from decimal import Decimal

from optimizer.dataset.constraints.bounds import bounds
from optimizer.dataset.constraints.limits import Bound, Limits, Value
from optimizer.dataset.constraints.types import INTEGERS
from optimizer.model.schema import Column

Option = Value | int

_LETTERS = 36  # letters and digits, what a code is made of


_LISTED = 10_000  # values of a bounded integer column that can be listed


def options(column: Column, limits: Limits) -> tuple[Option, ...] | None:
    """All values that a column can take, where they can be listed."""
    kind = column.type
    allowed = limits.allowed()
    if allowed is not None:
        whole = kind.base in INTEGERS
        return tuple(int(v) if whole and isinstance(v, Decimal) else v for v in allowed)
    if kind.array:
        return None
    if kind.labels:
        return tuple(label for label in kind.labels if label not in limits.excluded)
    if kind.base == "bool":
        return (True, False)
    if kind.base not in INTEGERS or limits.low is None or limits.high is None:
        return None
    ends = bounds(limits, kind)
    low, high = int(ends.low or 0), int(ends.high or 0)
    return (
        tuple(n for n in range(low, high + 1) if n not in limits.excluded) if high - low < _LISTED else None
    )


def capacity(column: Column, limits: Limits) -> int | None:
    """The number of different values, None where it is beyond any table."""
    listed = options(column, limits)
    if listed is not None:
        return len(listed)
    if column.type.array:
        return None
    if column.type.base in INTEGERS:
        return _whole(limits, INTEGERS[column.type.base])
    if column.type.base == "numeric" and column.type.precision is not None:
        unit = 10 ** (column.type.scale or 0)
        return _whole(limits, 10**column.type.precision - 1, unit)
    length = limits.max_length if limits.max_length is not None else column.type.length
    return None if length is None or length > 12 else int(_LETTERS**length)


def _whole(limits: Limits, most: int, unit: int = 1) -> int | None:
    """Counts multiples of 1/unit; without a lower bound those from 0 on, which generators prefer."""
    low = _ticks(limits.low, unit, 0)
    high = _ticks(limits.high, unit, most)
    low += limits.low is not None and not limits.low.inclusive
    high -= limits.high is not None and not limits.high.inclusive
    count = max(0, high - low + 1)
    return None if count > 1 << 62 else count


def _ticks(bound: Bound | None, unit: int, default: int) -> int:
    return int(bound.value * unit) if bound and isinstance(bound.value, Decimal) else default
