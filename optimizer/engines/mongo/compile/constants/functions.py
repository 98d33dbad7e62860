"""Functions on a binding's values, as PostgreSQL has them. Upper and lower case are ASCII's."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from optimizer.engines.mongo.compile.constants.arithmetic import EXACT, moment, number, remainder
from optimizer.queries.intervals import DAY_MS, Interval, parse
from optimizer.queries.time_buckets import FIRST, begun

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_EPOCH = datetime(1970, 1, 1)


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


def checked_width(width: Any, has_months: bool, whole_days: bool = False) -> Interval:
    """The width of buckets; ValueError for one that PostgreSQL or TimescaleDB refuses, or that is finer than
    a moment is kept."""
    made = width if isinstance(width, Interval) else interval(width)
    if made.months and (made.ms or not has_months):
        raise ValueError(f"buckets of {width} have no fixed length")
    if made.months <= 0 and made.ms <= 0:
        raise ValueError(f"a bucket of {width} isn't longer than nothing")
    if made.ms % 1 or (whole_days and made.ms % DAY_MS):
        raise ValueError(f"a bucket of {width} is too fine")
    return made


def interval(value: Any) -> Interval:
    """A binding's interval: its text, or a length."""
    if isinstance(value, timedelta):
        return Interval(ms=Decimal(round(value / timedelta(milliseconds=1))))
    return parse(str(value))


def binned(width: Any, value: Any, origin: Any) -> datetime:
    """date_bin: the beginning of the bin of `width` that the moment is in."""
    return begun(checked_width(width, has_months=False), moment(value), moment(origin))


def bucketed(width: Any, value: Any, beside: Any = None) -> Any:
    """time_bucket: `beside` is an offset or an origin; a date stays one."""
    if isinstance(value, int):
        offset = 0 if beside is None else beside
        return value - (value - offset) % number(width)
    is_date = isinstance(value, date) and not isinstance(value, datetime)
    span, at = checked_width(width, True, is_date), moment(value)
    if isinstance(beside, Interval):
        at = beside.after(begun(span, (-beside).after(at), FIRST))
    else:
        at = begun(span, at, FIRST if beside is None else moment(beside))
    return at.date() if is_date else at


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
