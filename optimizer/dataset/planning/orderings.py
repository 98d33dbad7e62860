"""Which column comes after which: by the table's checks, and by what ordinary names mean."""

from __future__ import annotations

from decimal import Decimal

from generators.generator import Generator
from generators.numbers import Lognormal, UniformInts
from generators.times import DAY_MS, NOW, milliseconds
from optimizer.dataset.constraints.bounds import Number, bounds
from optimizer.dataset.constraints.limits import Limits, Ordering
from optimizer.dataset.constraints.types import DEFAULT_PRECISION, INTEGERS, TIMES
from optimizer.model.schema import Column, Table

_STEPS = (
    ("created", "inserted", "registered", "ordered", "placed", "occurred", "started", "opened"),
    ("updated", "modified", "changed", "confirmed", "approved", "published", "paid", "processed", "accepted"),
    ("shipped", "sent", "dispatched"),
    (
        "delivered",
        "received",
        "completed",
        "finished",
        "ended",
        "closed",
        "resolved",
        "cancelled",
        "canceled",
    ),
    ("deleted", "archived", "expires", "expired"),
)
_OPENINGS = (("start", "end"), ("starts", "ends"), ("from", "to"), ("since", "until"), ("from", "until"))
_FUTURE = ("expires", "end", "ends", "due", "until", "to")
_LAST = ("deleted", "archived", "expires", "expired", "last", "cancelled")
_DATE_STEP_DAYS = 3
_TIME_STEP_MS = 6 * 3_600_000
"""The median of what lies between two moments of a row: hours."""


def orderings(table: Table, declared: tuple[Ordering, ...], free: frozenset[str]) -> dict[str, Ordering]:
    """For each column of `free` that follows another one: which, without circles; checks come first."""
    found: dict[str, Ordering] = {}
    for ordering in (*declared, *_by_name(table)):
        smaller, larger = table.by_name[ordering.smaller], table.by_name[ordering.larger]
        usable = ordering.larger in free and ordering.larger not in found and _alike(smaller, larger)
        if usable and not _leads_to(ordering.smaller, ordering.larger, found):
            found[ordering.larger] = ordering
    return found


def steps(ordering: Ordering, table: Table) -> Generator:
    """What is added to the smaller column."""
    column = table.by_name[ordering.larger]
    least = int(ordering.strict)
    if column.type.base == "date":
        return Lognormal(_DATE_STEP_DAYS * DAY_MS, 1.0, low=least * DAY_MS, digits=0)
    if column.type.base in TIMES:
        return Lognormal(_TIME_STEP_MS, 1.5, low=least, digits=0)
    if column.type.base in INTEGERS:
        return UniformInts(least, 100)
    else:
        return Lognormal(
            10.0, 1.0, low=0.01 * least, digits=2 if column.type.scale is None else column.type.scale
        )


def last(ordering: Ordering, table: Table, limits: Limits) -> Number | None:
    """The largest value that the larger column may take; the past doesn't reach beyond the present."""
    kind = table.by_name[ordering.larger].type
    high = bounds(limits, kind).high
    if high is not None or ordering.strict:
        return high if high is not None else _largest(table.by_name[ordering.larger])
    if kind.base in TIMES and not set(_words(ordering.larger)) & set(_FUTURE):
        now = milliseconds(NOW)
        return now // DAY_MS if kind.base == "date" else now
    return _largest(table.by_name[ordering.larger])


def _largest(column: Column) -> Number | None:
    if column.type.base in INTEGERS:
        return INTEGERS[column.type.base]
    if column.type.base != "numeric":
        return None
    precision = column.type.precision or DEFAULT_PRECISION
    return Decimal(10**precision - 1).scaleb(-(column.type.scale or 0))


def _alike(smaller: Column, larger: Column) -> bool:
    """True where one can be made from the other, and has a value wherever it must."""
    same = smaller.type.base == larger.type.base and not smaller.type.array
    return same and (smaller.not_null or smaller.default is not None or not larger.not_null)


def _leads_to(start: str, end: str, found: dict[str, Ordering]) -> bool:
    at: str | None = start
    while at is not None and at != end:
        at = found[at].smaller if at in found else None
    return at == end


def _by_name(table: Table) -> list[Ordering]:
    times = [c for c in table.columns if c.type.base in TIMES and not c.generated]
    pairs = [_opening(column, times) for column in times]
    return [*filter(None, pairs), *_history(times)]


def _opening(column: Column, times: list[Column]) -> Ordering | None:
    """`starts_at` of `ends_at`, `valid_from` of `valid_to`."""
    words = _words(column.name)
    for opening, closing in _OPENINGS:
        if closing in words:
            wanted = [opening if word == closing else word for word in words]
            for other in times:
                if _words(other.name) == wanted:
                    return Ordering(other.name, column.name, strict=True)
    return None


def _history(times: list[Column]) -> list[Ordering]:
    """Each moment of a row after the nearest earlier stage that every row has, or that it passes through."""
    staged = sorted(((s, c) for c in times if (s := _stage(c)) is not None), key=lambda pair: pair[0])
    orderings: list[Ordering] = []
    for stage, column in staged:
        earlier = [(s, c) for s, c in staged if s < stage and _alike(c, column)]
        if _last(column):
            earlier = [(s, c) for s, c in earlier if s == 0]
        passed = [c for s, c in earlier if s in (0, 2)]
        if passed:
            orderings.append(Ordering(passed[-1].name, column.name))
    return orderings


def _last(column: Column) -> bool:
    return bool(set(_words(column.name)) & set(_LAST))


def _stage(column: Column) -> int | None:
    words = _words(column.name)
    if words[0] == "last":
        return len(_STEPS)
    return next((stage for stage, names in enumerate(_STEPS) if set(names) & set(words)), None)


def _words(name: str) -> list[str]:
    return name.lower().split("_")
