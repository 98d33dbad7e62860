"""Functions on a binding's values, as PostgreSQL has them. Upper and lower case are ASCII's."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from optimizer.engines.mongo.compile.constants.arithmetic import EXACT, moment, number, remainder
from optimizer.engines.mongo.compile.constants.intervals import Interval, parse

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_EPOCH = datetime(1970, 1, 1)
BUCKET_ORIGIN = datetime(2000, 1, 3)
"""Where TimescaleDB's buckets of days and weeks begin: a Monday."""


def lower(text: str) -> str:
    """ASCII letters in lower case, the others as they are, as PostgreSQL has it under the C collation."""
    return text.translate(_LOWER)


def upper(text: str) -> str:
    """ASCII letters in upper case."""
    return text.translate(_UPPER)


def text(value: Any) -> str:
    """A value as PostgreSQL prints it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return (
                value.isoformat(" ", "milliseconds").rstrip("0").rstrip(".")
                if value.microsecond
                else str(value)
            )
        case date() | time():
            return value.isoformat()
        case float():
            return repr(value).removesuffix(".0")
        case dict() | list():
            return json.dumps(value, default=str)
    return str(value)


def joined(left: Any, right: Any) -> Any:
    """`||` of texts, of arrays, of JSON objects."""
    if isinstance(left, list) or isinstance(right, list):
        return [*_listed(left), *_listed(right)]
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    return text(left) + text(right)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def substring(source: str, start: int, length: int | None = None) -> str:
    """From the `start`-th character, counting from 1; a start before it takes from the length."""
    end = None if length is None else max(start - 1 + length, 0)
    return source[max(start - 1, 0) : end]


def floor(value: Any) -> Any:
    """The whole number below."""
    return Decimal(number(value)).to_integral_value(ROUND_FLOOR)


def ceiling(value: Any) -> Any:
    """The whole number above."""
    return Decimal(number(value)).to_integral_value(ROUND_CEILING)


def rounded(value: Any, places: int = 0) -> Any:
    """Half away from zero; a double half to even."""
    if isinstance(value, float):
        return float(round(value))
    return Decimal(number(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)


def truncated(unit: str, value: Any) -> datetime:
    """date_trunc: weeks begin on Monday."""
    at = moment(value)
    if unit == "week":
        at -= timedelta(days=at.weekday())
        unit = "day"
    if unit == "quarter":
        at, unit = at.replace(day=1, month=(at.month - 1) // 3 * 3 + 1), "month"
    parts = ("year", "month", "day", "hour", "minute", "second")
    if unit not in parts:
        raise ValueError(f"date_trunc has no unit {unit!r}")
    kept = [getattr(at, part) for part in parts[: parts.index(unit) + 1]]
    return datetime(*[*kept, *[1, 1, 1][len(kept) :]])


def binned(width: Any, value: Any, origin: Any = BUCKET_ORIGIN) -> datetime:
    """date_bin and time_bucket: the beginning of the bin of `width` that the moment is in."""
    span = width if isinstance(width, Interval) else parse(width)
    at, start = moment(value), moment(origin)
    behind = (at - start) % timedelta(milliseconds=float(span.ms))
    return at - behind


def part(unit: str, value: Any) -> Any:
    """EXTRACT from a moment or an interval."""
    if isinstance(value, Interval):
        if unit != "epoch":
            raise ValueError(f"{unit} of an interval")
        return EXACT.divide(value.ms, Decimal(1000))
    at = moment(value)
    if unit == "epoch":
        return Decimal(round((at - _EPOCH) / timedelta(milliseconds=1))) / 1000
    special: dict[str, Callable[[datetime], int]] = {
        "dow": lambda at: at.isoweekday() % 7,
        "isodow": datetime.isoweekday,
        "doy": lambda at: at.timetuple().tm_yday,
        "week": lambda at: at.isocalendar().week,
        "isoyear": lambda at: at.isocalendar().year,
        "quarter": lambda at: (at.month - 1) // 3 + 1,
    }
    if unit in special:
        return Decimal(special[unit](at))
    return (
        Decimal(at.second) + Decimal(at.microsecond) / 1_000_000
        if unit == "second"
        else Decimal(getattr(at, unit))
    )


def to_millisecond(at: datetime) -> datetime:
    """The moment without what is below a millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def is_utc(zone: str) -> bool:
    """True for a name of UTC."""
    return zone.upper() in ("UTC", "GMT", "Z", "ETC/UTC")


BY_NAME: dict[str, Callable[..., Any]] = {
    "date_trunc": truncated,
    "date_bin": binned,
    "time_bucket": binned,
    "date": lambda value: moment(value).date(),
    "date_part": part,
    "char_length": len,
    "character_length": len,
    "ceiling": ceiling,
    "mod": remainder,
    "btrim": lambda value: value.strip(" "),
    "replace": lambda value, old, new: value.replace(old, new),
    "substr": substring,
    "point": lambda x, y: [float(x), float(y)],
    "to_jsonb": lambda value: value,
    "to_json": lambda value: value,
}
