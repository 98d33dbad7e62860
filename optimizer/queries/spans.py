"""Conditions on a span of time that a column's value is cut down to: `date_trunc('month', t.at) = :month`."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from optimizer.queries.shapes import MIRRORED

UNITS = {"day": "1 DAY", "week": "7 DAY", "month": "1 MONTH", "quarter": "3 MONTH", "year": "1 YEAR"}
"""The spans, and how long each is."""

_LOW = (exp.EQ, exp.GT, exp.GTE)
_HIGH = (exp.EQ, exp.LT, exp.LTE)


@dataclass(frozen=True, slots=True)
class Span:
    """The column, the unit that it is cut down to, and the values that the result is compared with.

    `low` is a value that it isn't below, `high` one that it isn't above; `cast` is True where it is cut down
    by a cast to a date, False where by date_trunc.
    """

    column: exp.Column
    unit: str
    low: exp.Expr | None
    high: exp.Expr | None
    cast: bool


def span_of(condition: exp.Expr) -> Span | None:
    """The span that a condition asks for; None for any other condition."""
    if isinstance(condition, exp.Between):
        found = cut_down(condition.this)
        return (
            Span(found[0], found[1], condition.args["low"], condition.args["high"], found[2])
            if found
            else None
        )
    if not isinstance(condition, (*_LOW, *_HIGH)):
        return None
    kind: type[exp.Expr] = type(condition)
    found, value = cut_down(condition.this), condition.expression
    if found is None:
        found, value, kind = cut_down(condition.expression), condition.this, MIRRORED.get(kind, kind)
    if found is None:
        return None
    low, high = value if kind in _LOW else None, value if kind in _HIGH else None
    return Span(found[0], found[1], low, high, found[2])


def cut_down(tree: exp.Expr) -> tuple[exp.Column, str, bool] | None:
    """The column and the unit of `date_trunc('day', x)`, `x::date` and `date(x)`; True for the last two."""
    tree = tree.unnest()
    if isinstance(tree, exp.Cast) and tree.to.this == exp.DType.DATE:
        return _column(tree.this, "day", cast=True)
    if not isinstance(tree, exp.Anonymous):
        return None
    match tree.name.lower(), tree.expressions:
        case "date", [value]:
            return _column(value, "day", cast=True)
        case "date_trunc", [exp.Literal(this=unit), value] if str(unit).lower() in UNITS:
            return _column(value, str(unit).lower(), cast=False)
    return None


def _column(tree: exp.Expr, unit: str, *, cast: bool) -> tuple[exp.Column, str, bool] | None:
    inner = tree.unnest()
    return (inner, unit, cast) if isinstance(inner, exp.Column) else None
