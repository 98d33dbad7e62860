"""Conditions that a null can't meet."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

_STRICT = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike, exp.Between, exp.In)


def rejects_null(conditions: Iterable[exp.Expr], alias: str, names: set[str]) -> bool:
    """True where one of the conditions compares one of these columns of a source."""
    return any(
        isinstance(side, exp.Column) and side.table == alias and side.name in names
        for condition in conditions
        if isinstance(condition, _STRICT)
        for side in (condition.this.unnest(), condition.expression.unnest() if condition.expression else None)
    )
