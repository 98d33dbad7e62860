"""The spans that times are cut down to: date_trunc's units, and others that fit into a day (`15 minutes`).

All begin where time_bucket's do: at midnight, weeks on Monday, quarters in January.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import gcd

from sqlglot import exp

from optimizer.queries.intervals import Interval
from optimizer.queries.time_buckets import FIRST, begun, is_bucket, width_of

_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
_WEEK = 7 * _SECONDS["day"]
_CALENDAR: dict[str, tuple[str, ...]] = {
    "week": (),
    "month": ("quarter", "year"),
    "quarter": ("year",),
    "year": (),
}
_MONTHS = {1: "month", 3: "quarter", 12: "year"}
UNITS = frozenset({*_SECONDS, *_CALENDAR})
"""Those that date_trunc has."""


def seconds(unit: str) -> int | None:
    """The length of a unit that fits into a day, a day included; None for a longer one."""
    number, _, name = unit.rpartition(" ")
    each = _SECONDS.get(name.removesuffix("s") if number else name)
    return None if each is None else int(number or 1) * each


def is_coarser(unit: str, other: str) -> bool:
    """True where every span of the other unit is made of whole ones of this."""
    own, length = seconds(unit), seconds(other)
    if own is None:
        return other in _CALENDAR[unit]
    return length is None or (length % own == 0 and length != own)


def finest(units: Iterable[str | None]) -> str | None:
    """The longest unit that all of these are made of; None where one of them is a time itself."""
    needed = set(units)
    if None in needed:
        return None
    known = {unit for unit in needed if unit is not None}
    for unit in reversed(_CALENDAR):
        if all(unit == other or is_coarser(unit, other) for other in known):
            return unit
    return _named(gcd(*(seconds(unit) or _SECONDS["day"] for unit in known)))


def bucket_of(call: exp.Expr, *, zoned: bool) -> tuple[str, exp.Expr] | None:
    """The unit and the value of a time_bucket or a date_bin whose buckets are such spans; None for others.

    `zoned` says that the value is a timestamptz, whose buckets are of UTC's time.
    """
    if not isinstance(call, exp.Anonymous) or any(isinstance(one, exp.Kwarg) for one in call.expressions):
        return None
    arguments = call.expressions
    if len(arguments) != (2 if is_bucket(call) else 3):
        return None
    if not is_bucket(call) and call.name.lower() != "date_bin":
        return None
    try:
        width = width_of(arguments[0])
        origin = FIRST if is_bucket(call) else _origin(arguments[2], zoned)
    except ValueError:
        return None
    unit = _of_width(width) if width is not None else None
    if width is None or unit is None or origin is None:
        return None
    moved = origin != FIRST and (width.months or begun(width, origin) != origin)
    return None if moved else (unit, arguments[1].unnest())


def _of_width(width: Interval) -> str | None:
    if width.months:
        return None if width.ms else _MONTHS.get(width.months)
    whole = int(width.ms / 1000)
    if whole <= 0 or whole * 1000 != width.ms:
        return None
    if whole == _WEEK:
        return "week"
    return None if _SECONDS["day"] % whole else _named(whole)


def _named(length: int) -> str:
    """`15 minutes` for 900 seconds, `hour` for 3,600."""
    name, each = next((name, each) for name, each in _SECONDS.items() if length % each == 0)
    return name if length == each else f"{length // each} {name}s"


def _origin(tree: exp.Expr, zoned: bool) -> datetime | None:
    """A literal; without a zone, one of a timestamptz depends on the session."""
    tree = tree.unnest()
    if isinstance(tree, exp.Cast):
        tree = tree.this
    if not isinstance(tree, exp.Literal) or not tree.is_string:
        return None
    moment = datetime.fromisoformat(tree.name)
    if zoned:
        return None if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(tzinfo=None)
