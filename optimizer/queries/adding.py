"""Aggregates of groups that are made of smaller ones, computed from what is known of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from optimizer.model.schema import Table
from optimizer.queries.aggregates import SUMMED
from optimizer.queries.tree import to_sql
from optimizer.queries.value_types import value_type

_WORDS: dict[type[exp.Expr], str] = {
    exp.Count: "count",
    exp.Sum: "sum",
    exp.Avg: "avg",
    exp.Min: "min",
    exp.Max: "max",
}


class Unfit(Exception):
    """Why a query can't be computed from what was computed beforehand."""


def added(
    node: exp.Expr,
    tables: Mapping[str, Table],
    column_of: Callable[[exp.Expr], exp.Column],
    *,
    in_any_order: bool = False,
) -> exp.Expr:
    """An aggregate, with its FILTER, of several smaller groups; Unfit where it can't be had.

    `column_of` gives the column of a smaller group's own aggregate. `in_any_order`: floats are added up too,
    of which the last digits depend on the order.
    """
    call = node.this if isinstance(node, exp.Filter) else node
    argument = call.this
    kind = value_type(call, tables)
    if type(call) not in _WORDS or isinstance(argument, exp.Distinct) or kind is None:
        raise Unfit(f"{to_sql(node)} can't be added up from smaller groups")
    if isinstance(call, exp.Min | exp.Max):
        return type(call)(this=column_of(node))
    if isinstance(call, exp.Count):
        return exp.cast(exp.Sum(this=column_of(node)), "bigint")
    of = value_type(argument, tables)
    if of is None or not (of.base in SUMMED or (in_any_order and of.base == "float8")):
        raise Unfit(f"{to_sql(node)} depends on the order in which it is added up")
    if isinstance(call, exp.Sum):
        total = exp.Sum(this=column_of(node))
        return exp.cast(total, "bigint") if kind.base == "int8" else total
    total, count = (exp.Sum(this=column_of(_as(node, kind_))) for kind_ in (exp.Sum, exp.Count))
    nullif = exp.Nullif(this=count, expression=exp.Literal.number(0))
    return exp.Div(this=total, expression=nullif, typed=True)


def column_name(node: exp.Expr) -> str:
    """A name for the column of an aggregate, made of what it does."""
    call = node.this if isinstance(node, exp.Filter) else node
    column = call.find(exp.Column)
    word = _WORDS.get(type(call), "value")
    return f"{column.name}_{word}" if column is not None else f"row_{word}"


def _as(node: exp.Expr, kind: type[exp.Expr]) -> exp.Expr:
    """The same aggregate of another kind, its FILTER kept."""
    if isinstance(node, exp.Filter):
        return exp.Filter(this=_as(node.this, kind), expression=node.expression.copy())
    return kind(this=node.this.copy())
