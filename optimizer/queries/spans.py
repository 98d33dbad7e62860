"""Conditions on a span of time that a column's value is cut down to: `date_trunc('month', t.at) = :month`.

Buckets of a day or a week count as well (time_bucket, date_bin), which are of so many hours in every zone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from optimizer.queries.shapes import MIRRORED
from optimizer.queries.time_units import bucket_of

UNITS = {"day": "1 DAY", "week": "7 DAY", "month": "1 MONTH", "quarter": "3 MONTH", "year": "1 YEAR"}
"""The spans, and how long each is."""

BUCKETS = {"day": "24 HOUR", "week": "168 HOUR"}
"""The spans that are buckets of a fixed length, and how long each is."""

_LOW = (exp.EQ, exp.GT, exp.GTE)
_HIGH = (exp.EQ, exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Span:
    """The column, the unit that it is cut down to, and the values that the result is compared with.

    `low` is a value that it isn't below, `high` one that it isn't above; `cast` is True where it is cut down
    by a cast to a date, False where by date_trunc or into buckets. `length` is how long the span is: a
    bucket's in hours, since a day of a session's zone may have 23.
    """

    column: exp.Column
    unit: str
    low: exp.Expr | None
    high: exp.Expr | None
    cast: bool
    length: str


def span_of(condition: exp.Expr) -> Span | None:
    """The span that a condition asks for; None for any other condition."""
    if isinstance(condition, exp.Between):
        return _span(condition.this, condition.args["low"], condition.args["high"])
    if not isinstance(condition, (*_LOW, *_HIGH)):
        return None
    kind: type[exp.Expr] = type(condition)
    tree, value = condition.this, condition.expression
    if cut_down(tree) is None:
        tree, value, kind = value, tree, MIRRORED.get(kind, kind)
    return _span(tree, value if kind in _LOW else None, value if kind in _HIGH else None)


def _span(tree: exp.Expr, low: exp.Expr | None, high: exp.Expr | None) -> Span | None:
    found = cut_down(tree)
    if found is None:
        return None
    column, unit, cast = found
    length = BUCKETS[unit] if _bucket(tree.unnest()) else UNITS[unit]
    return Span(column, unit, low, high, cast, length)


def cut_down(tree: exp.Expr) -> tuple[exp.Column, str, bool] | None:
    """The column and the unit of `date_trunc('day', x)`, a bucket, `x::date` and `date(x)`; True for the last
    two."""
    tree = tree.unnest()
    if isinstance(tree, exp.Cast) and tree.to.this == exp.DType.DATE:
        return _column(tree.this, "day", cast=True)
    if not isinstance(tree, exp.Anonymous):
        return None
    if bucket := _bucket(tree):
        return _column(bucket[1], bucket[0], cast=False)
    match tree.name.lower(), tree.expressions:
        case "date", [value]:
            return _column(value, "day", cast=True)
        case "date_trunc", [exp.Literal(this=unit), value] if str(unit).lower() in UNITS:
            return _column(value, str(unit).lower(), cast=False)
    return None


def _bucket(tree: exp.Expr) -> tuple[str, exp.Expr] | None:
    """A bucket that is the same for a timestamp and, in UTC, for a timestamptz."""
    plain, zoned = (bucket_of(tree, zoned=one) for one in (False, True))
    same = plain is not None and zoned is not None and plain[0] == zoned[0] and plain[0] in BUCKETS
    return plain if same else None


def _column(tree: exp.Expr, unit: str, *, cast: bool) -> tuple[exp.Column, str, bool] | None:
    inner = tree.unnest()
    return (inner, unit, cast) if isinstance(inner, exp.Column) else None
