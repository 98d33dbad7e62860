"""Spans of time as partitions: how long each is, and where they begin. Pure."""

from __future__ import annotations

from datetime import date, timedelta

DAYS = {"day": 1.0, "week": 7.0, "month": 30.44, "quarter": 91.31, "year": 365.25}
"""How long each step is, on average."""

MOST = 60
"""Partitions at most: planning looks at each of them, and every index is one index more in each."""

USUAL = 24
"""As many are aimed at where no statement says for how long it asks."""

AHEAD = 3
"""Steps that are made ahead of the last row."""

_EARLIEST, _LATEST = date(1, 1, 1), date(9000, 1, 1)


def starts(first: date, last: date, step: str) -> tuple[date, ...]:
    """The beginnings of the partitions that hold these days and some to come, and the last one's end."""
    found = [_floor(first, step)]
    ahead = 0
    while ahead <= AHEAD:
        found.append(_next(found[-1], step))
        ahead += found[-1] > last
    return tuple(found)


def fitting(first: date, last: date, rows: int, rows_each: int, wanted_days: float | None) -> str | None:
    """The step whose partitions are neither too many nor too small; None where none is.

    The longest of those that aren't longer than what statements ask for, else the shortest; where that isn't
    known, the one that comes nearest to the usual number.
    """
    span = (last - first).days + 1
    if not (first > _EARLIEST and last < _LATEST):
        return None
    fit = [
        step
        for step, days in DAYS.items()
        if 2 <= span / days <= MOST - AHEAD - 1 and rows * days / span >= rows_each
    ]
    if not fit:
        return None
    if wanted_days is None:
        return min(fit, key=lambda step: abs(span / DAYS[step] - USUAL))
    within = [step for step in fit if DAYS[step] <= wanted_days * 1.1]
    return within[-1] if within else fit[0]


def _floor(day: date, step: str) -> date:
    match step:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _next(day: date, step: str) -> date:
    if step in ("day", "week"):
        return day + timedelta(days=DAYS[step])
    months = {"month": 1, "quarter": 3, "year": 12}[step]
    place = day.year * 12 + day.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
