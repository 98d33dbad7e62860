"""Arithmetic on a binding's values, as PostgreSQL does it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any
from uuid import UUID

from optimizer.queries.intervals import Interval

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def add(left: Any, right: Any) -> Any:
    """Numbers, a moment and an interval, a date and days."""
    if isinstance(left, Interval) and isinstance(right, Interval):
        return left + right
    if isinstance(left, Interval):
        return add(right, left)
    if isinstance(right, Interval):
        return right.after(moment(left))
    if isinstance(left, date) and isinstance(right, int):
        return left + timedelta(days=right)
    left, right = numbers(left, right)
    return EXACT.add(left, right) if isinstance(left, Decimal) else left + right


def subtract(left: Any, right: Any) -> Any:
    """Numbers, moments (an interval), dates (days), a moment and an interval."""
    if isinstance(right, Interval):
        return add(left, -right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        gap = moment(left) - moment(right)
        return Interval(ms=Decimal(round(gap / timedelta(milliseconds=1))))
    if isinstance(left, date) and isinstance(right, date):
        return (left - right).days
    return add(left, negative(right))


def multiply(left: Any, right: Any) -> Any:
    """Numbers, or an interval so many times."""
    if isinstance(right, Interval):
        left, right = right, left
    if isinstance(left, Interval):
        return left.times(Decimal(str(number(right))))
    left, right = numbers(left, right)
    return EXACT.multiply(left, right) if isinstance(left, Decimal) else left * right


def divide(left: Any, right: Any) -> Any:
    """Integers towards zero. ZeroDivisionError where SQL raises one."""
    if isinstance(left, Interval):
        return left.times(EXACT.divide(Decimal(1), Decimal(str(number(right)))))
    left, right = numbers(left, right)
    if right == 0:
        raise ZeroDivisionError("division by zero")
    if isinstance(left, int):
        whole = abs(left) // abs(right)
        return whole if (left < 0) == (right < 0) else -whole
    return EXACT.divide(left, right) if isinstance(left, Decimal) else left / right


def remainder(left: Any, right: Any) -> Any:
    """With the sign of the left side."""
    left, right = numbers(left, right)
    if right == 0:
        raise ZeroDivisionError("division by zero")
    if isinstance(left, int):
        return abs(left) % abs(right) * (-1 if left < 0 else 1)
    return EXACT.remainder(left, right) if isinstance(left, Decimal) else left % right


def power(left: Any, right: Any) -> Any:
    """A decimal where one side is one, else a double."""
    left, right = numbers(left, right)
    return EXACT.power(left, right) if isinstance(left, Decimal) else float(left) ** right


def negative(value: Any) -> Any:
    """The value with the other sign."""
    return -value if isinstance(value, Interval) else -number(value)


def equal(left: Any, right: Any) -> bool:
    """SQL's equality of two values that aren't null; one of them may be the text of the other's type."""
    left, right = alike(left, right)
    return bool(left == right)


def before(left: Any, right: Any) -> bool:
    """SQL's `<` of two values that aren't null."""
    left, right = alike(left, right)
    return bool(left < right)


def alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as one type: a text beside a value of another type is read as that type."""
    if isinstance(left, str) and not isinstance(right, str):
        return _read(left, right), _plain(right)
    if isinstance(right, str) and not isinstance(left, str):
        return _plain(left), _read(right, left)
    if isinstance(left, datetime) or isinstance(right, datetime):
        return moment(left), moment(right)
    return _plain(left), _plain(right)


def _plain(value: Any) -> Any:
    return value.as_timedelta() if isinstance(value, Interval) else value


def _read(text: str, like: Any) -> Any:
    match like:
        case bool():
            return text.lower() in ("t", "true", "yes", "on", "1")
        case int() | Decimal() | float():
            return Decimal(text)
        case datetime():
            return datetime.fromisoformat(text)
        case date():
            return date.fromisoformat(text)
        case UUID():
            return UUID(text)
    return text


def moment(value: Any) -> datetime:
    """A date or the text of a moment as a moment, in UTC without a zone."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(at, datetime):
        return at if at.tzinfo is None else at.astimezone(UTC).replace(tzinfo=None)
    return datetime(at.year, at.month, at.day)


def number(value: Any) -> Any:
    """The text of a number as a number."""
    if isinstance(value, str):
        return int(value) if value.lstrip("-").isdigit() else Decimal(value)
    return value


def numbers(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as int, both as Decimal, or both as float."""
    left, right = number(left), number(right)
    if isinstance(left, float) or isinstance(right, float):
        return float(left), float(right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return Decimal(left), Decimal(right)
    return left, right
