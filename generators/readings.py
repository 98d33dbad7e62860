"""Reading the values of a generator's mapping, each with a message that says what to write instead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from generators.errors import SpecError
from generators.faker_pool import near

_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)")


def number(value: Any, *path: str | int) -> float:
    """A number; SpecError for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise SpecError(f"{value!r} is not a number", path)
    return value if isinstance(value, int) else float(value)


def whole(value: Any, least: int, *path: str | int) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SpecError(f"{value!r} is not a whole number of {least} or more", path)
    return value


def text(value: Any, *path: str | int) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise SpecError(f"{value!r} is not a text", path)
    return value


def pair(value: Any, *path: str | int) -> tuple[Any, Any]:
    """A list of two values."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise SpecError(f"{value!r} is not a pair", path, "write [low, high]")
    return value[0], value[1]


def span(value: Any, *path: str | int) -> tuple[float, float]:
    """Two numbers, the second not below the first."""
    low, high = pair(value, *path)
    low, high = number(low, *path, 0), number(high, *path, 1)
    if high < low:
        raise SpecError(f"{high:g} is below {low:g}", (*path, 1), "write [low, high]")
    return low, high


def counts(value: Any, least: int, *path: str | int) -> tuple[int, int]:
    """Two whole numbers of at least `least`, the second not below the first; one number stands for both."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value, value]
    low, high = pair(value, *path)
    low, high = whole(low, least, *path, 0), whole(high, least, *path, 1)
    if high < low:
        raise SpecError(f"{high} is below {low}", (*path, 1), "write [low, high]")
    return low, high


def fields(value: Any, known: frozenset[str], needed: frozenset[str], *path: str | int) -> Mapping[str, Any]:
    """A mapping with known keys only, and all that are needed."""
    if not isinstance(value, Mapping):
        listed = ", ".join(f"{key}: ..." for key in sorted(needed or known))
        raise SpecError(f"{value!r} is not a mapping", path, f"write {{{listed}}}")
    for key in value:
        if key not in known:
            hint = near(key, known) or f"known here: {', '.join(sorted(known))}"
            raise SpecError(f"unknown key {key!r}", (*path, str(key)), hint)
    for key in sorted(needed):
        if key not in value:
            raise SpecError(f"{key!r} is missing", path)
    return value


def one_of(value: Any, known: tuple[str, ...], *path: str | int) -> str:
    """One of the known words."""
    if value not in known:
        raise SpecError(f"{value!r} is not one of {', '.join(known)}", path, near(str(value), known))
    return str(value)


def moment(value: Any, *path: str | int) -> dt.datetime:
    """A date or a datetime, of YAML or as ISO 8601 text."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise SpecError(f"{value!r} is not a date", path, "write it as 2025-01-31") from error
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise SpecError(f"{value!r} is not a date", path, "write it as 2025-01-31")


def time(value: Any, *path: str | int) -> dt.time:
    """A time of day, as text."""
    try:
        return value if isinstance(value, dt.time) else dt.time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise SpecError(f"{value!r} is not a time of day", path, 'write it in quotes: "08:30"') from error


def seconds(value: Any, *path: str | int) -> int:
    """A length of time in whole seconds: a number of seconds, or a text such as 90s, 15m, 12h, 30d."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise SpecError(f"{value!r} is not a length of time", path, "write it as 90s, 15m, 12h or 30d")
    return round(float(match[1]) * _UNITS_S[match[2]])


def hashable(value: Any) -> Any:
    """The value with lists as tuples, so that a frozen value can hold it."""
    return tuple(hashable(item) for item in value) if isinstance(value, (list, tuple)) else value
