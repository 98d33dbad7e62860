"""What a column's values must keep to, and what its table asks of two columns at once. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

Value = Decimal | datetime | date | time | str | bool
"""A constant of a check: numbers are Decimal, timestamps naive UTC datetimes, all else text."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range."""

    value: Value
    inclusive: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that a column may take; `lengths` are characters, `patterns` regular expressions.

    `choices` None means that any value within the bounds will do.
    """

    low: Bound | None = None
    high: Bound | None = None
    choices: tuple[Value, ...] | None = None
    excluded: tuple[Value, ...] = ()
    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[tuple[str, bool], ...] = ()  # expression, case-sensitive

    def with_(self, other: Limits) -> Limits:
        """Both at once."""
        return Limits(
            low=_tighter(self.low, other.low, upper=False),
            high=_tighter(self.high, other.high, upper=True),
            choices=_both(self.choices, other.choices),
            excluded=tuple(dict.fromkeys(self.excluded + other.excluded)),
            min_length=max(self.min_length, other.min_length),
            max_length=min((n for n in (self.max_length, other.max_length) if n is not None), default=None),
            patterns=tuple(dict.fromkeys(self.patterns + other.patterns)),
        )

    def allowed(self) -> tuple[Value, ...] | None:
        """The choices that the other limits leave; None where any value will do."""
        if self.choices is None:
            return None
        return tuple(c for c in self.choices if c not in self.excluded and _within(c, self.low, self.high))

    @property
    def empty(self) -> bool:
        """True where no value can keep to the limits."""
        allowed = self.allowed()
        if allowed is not None:
            return not allowed
        if self.max_length is not None and self.min_length > self.max_length:
            return True
        return self.low is not None and self.high is not None and _crossed(self.low, self.high)


@dataclass(frozen=True, slots=True)
class Ordering:
    """`smaller` is less than `larger`, or equal to it unless `strict`, wherever both have values."""

    smaller: str
    larger: str
    strict: bool = False


def _tighter(one: Bound | None, two: Bound | None, *, upper: bool) -> Bound | None:
    if one is None or two is None:
        return one or two
    if type(one.value) is not type(two.value):
        return one
    if one.value == two.value:
        return one if not one.inclusive else two
    return one if (one.value < two.value) == upper else two  # type: ignore[operator]  # same type, seen above


def _both(one: tuple[Value, ...] | None, two: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
    if one is None or two is None:
        return two if one is None else one
    return tuple(value for value in one if value in two)


def _crossed(low: Bound, high: Bound) -> bool:
    if type(low.value) is not type(high.value):
        return False
    if low.value == high.value:
        return not (low.inclusive and high.inclusive)
    return bool(low.value > high.value)  # type: ignore[operator]  # same type, seen above


def _within(value: Value, low: Bound | None, high: Bound | None) -> bool:
    here = Bound(value)
    return not (low and _crossed(low, here)) and not (high and _crossed(here, high))
