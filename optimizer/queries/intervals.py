"""Intervals: months beside milliseconds, as PostgreSQL adds them to dates."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

_CLOCK = re.compile(r"(?P<sign>[-+]?)(?P<hours>\d+):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:\.\d+)?))?\Z")
_PART = re.compile(r"(?P<number>[-+]?\d+(?:\.\d+)?)\s*(?P<unit>[a-z]+)?")

_HOUR_MS = 3_600_000
DAY_MS = 24 * _HOUR_MS
_MS: dict[str, Decimal] = {
    "microsecond": Decimal("0.001"),
    "millisecond": Decimal(1),
    "second": Decimal(1000),
    "minute": Decimal(60_000),
    "hour": Decimal(_HOUR_MS),
    "day": Decimal(DAY_MS),
    "week": Decimal(7 * DAY_MS),
}
_MONTHS = {"month": 1, "year": 12, "decade": 120, "century": 1200}
_SHORT = {
    "us": "microsecond",
    "usec": "microsecond",
    "ms": "millisecond",
    "msec": "millisecond",
    "s": "second",
    "sec": "second",
    "secs": "second",
    "m": "minute",
    "min": "minute",
    "mins": "minute",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "d": "day",
    "w": "week",
    "mon": "month",
    "mons": "month",
    "y": "year",
    "yr": "year",
    "yrs": "year",
    "centuries": "century",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """Months, which have no fixed length, and milliseconds; a day has 24 hours, as it has in UTC."""

    months: int = 0
    ms: Decimal = Decimal(0)

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.months + other.months, self.ms + other.ms)

    def __neg__(self) -> Interval:
        return Interval(-self.months, -self.ms)

    def times(self, factor: Decimal) -> Interval:
        """The interval so many times; a part of a month counts as 30 days a month."""
        months = self.months * factor
        whole = int(months)
        return Interval(whole, self.ms * factor + (months - whole) * 30 * DAY_MS)

    def after(self, moment: datetime) -> datetime:
        """The moment that is this interval later; past a month's end it is the month's last day."""
        if self.months:
            month = moment.year * 12 + moment.month - 1 + self.months
            year, month = divmod(month, 12)
            day = min(moment.day, calendar.monthrange(year, month + 1)[1])
            moment = moment.replace(year=year, month=month + 1, day=day)
        return moment + timedelta(milliseconds=float(self.ms))

    def as_timedelta(self) -> timedelta:
        """Its length, a month as 30 days, as PostgreSQL compares intervals."""
        return timedelta(milliseconds=float(self.ms + self.months * 30 * DAY_MS))


def parse(text: str, unit: str = "") -> Interval:
    """`1 day 02:30`, `2 mons`, or a bare number with the unit after it; ValueError where it can't be read."""
    rest, found = f"{text} {unit}".strip().lower(), Interval()
    while rest:
        word = rest.split()[0]
        clock = _CLOCK.match(word)
        if clock:
            found, rest = found + _clock(clock), rest[len(word) :].strip()
            continue
        part = _PART.match(rest)
        if not part:
            raise ValueError(f"{text!r} is no interval")
        found, rest = (
            found + _part(Decimal(part["number"]), part["unit"] or "second"),
            rest[part.end() :].strip(),
        )
    return found


def unit_of(word: str) -> str:
    """The unit's name in the singular (`days`: day); ValueError for a word that is none."""
    name = word.lower()
    name = _SHORT.get(name, name.removesuffix("s") if name not in _MS else name)
    if name not in _MS and name not in _MONTHS:
        raise ValueError(f"{word!r} is no unit of time")
    return name


def _clock(found: re.Match[str]) -> Interval:
    seconds = Decimal(found["seconds"] or 0)
    ms = int(found["hours"]) * _HOUR_MS + int(found["minutes"]) * 60_000 + seconds * 1000
    return Interval(ms=-ms if found["sign"] == "-" else ms)


def _part(number: Decimal, unit: str) -> Interval:
    name = unit_of(unit)
    if name in _MONTHS:
        return Interval(months=_MONTHS[name]).times(number)
    return Interval(ms=_MS[name] * number)
