"""Expressions over a parent's children, in the words of its totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import conditions_of
from optimizer.queries.aggregates import is_scalar_call, own
from optimizer.queries.conditions import conjuncts

ValueOf: TypeAlias = Callable[[exp.Expr], exp.Expr | None]
"""What an aggregate gives; None where the totals don't tell."""

_PLAIN = (
    exp.Abs,
    exp.And,
    exp.Case,
    exp.Cast,
    exp.Ceil,
    exp.Coalesce,
    exp.Concat,
    exp.CurrentDate,
    exp.CurrentTimestamp,
    exp.Exists,
    exp.Extract,
    exp.Floor,
    exp.Greatest,
    exp.If,
    exp.Least,
    exp.Length,
    exp.Lower,
    exp.Nullif,
    exp.Or,
    exp.Round,
    exp.Upper,
)
"""Functions that give one value for a row, of those that sqlglot knows."""


def answered(tree: exp.Expr, value: ValueOf, child: str) -> exp.Expr | None:
    """A copy in which totals stand for aggregates; None where one has none, or more is asked of the children.

    Window functions stay: they go over the rows that are left, which are the groups.
    """
    holder = exp.Paren(this=tree.copy())
    for node in list(own(holder)):
        if isinstance(node, exp.Query):
            if _aggregates_outside(node):
                return None
        elif isinstance(node, exp.AggFunc) and not _is_windowed(node):
            found = None if _is_wrapped(node) else value(node)
            if found is None:
                return None
            node.replace(found)
        elif isinstance(node, exp.Func) and not _is_plain(node) and not _is_windowed(node):
            return None
    result: exp.Expr = holder.this
    return None if mentions(result, child) else result.pop()


def answer(tree: exp.Select, value: ValueOf, child: str) -> bool:
    """Put totals into what is shown, into ORDER BY, and into HAVING, which becomes a part of WHERE.

    False where they don't tell all of it; the tree is then as it was.
    """
    shown = [answered(one, value, child) for one in tree.expressions]
    order, having = tree.args.get("order"), tree.args.get("having")
    ordered = answered(order, value, child) if order else None
    kept = answered(having.this, value, child) if having else None
    if None in shown or (order and ordered is None) or (having and kept is None):
        return False
    tree.set("expressions", shown)
    tree.set("order", ordered)
    tree.set("having", None)
    if kept is not None:
        add_condition(tree, kept)
    return True


def add_condition(tree: exp.Select, condition: exp.Expr) -> None:
    """Add to WHERE."""
    tree.set("where", exp.Where(this=exp.and_(*conditions_of(tree), *conjuncts(condition))))


def aggregates(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The aggregates of an expression that put rows together."""
    return (node for node in own(tree) if isinstance(node, exp.AggFunc) and not _is_windowed(node))


def mentions(tree: exp.Expr, alias: str) -> bool:
    """True where a column of that source, or a row of it as a value, stands anywhere in the tree."""
    return any((column.table or column.name) == alias for column in tree.find_all(exp.Column))


def _is_plain(node: exp.Func) -> bool:
    if isinstance(node, exp.Anonymous):
        return is_scalar_call(node)
    return isinstance(node, _PLAIN)


def _is_windowed(node: exp.Expr) -> bool:
    return isinstance(node.parent, exp.Window) and node.parent.this is node


def _is_wrapped(node: exp.Expr) -> bool:
    wrappers = exp.Filter | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls
    return isinstance(node.parent, wrappers) and node.parent.this is node


def _aggregates_outside(query: exp.Expr) -> bool:
    """True where an aggregate in a subquery may belong to a query around it: it names no source inside."""
    inside = {n.alias_or_name for n in query.find_all(exp.Table, exp.Subquery, exp.Lateral)}
    return any(
        columns and not {column.table for column in columns} & inside
        for node in query.find_all(exp.AggFunc)
        if (columns := list(node.find_all(exp.Column)))
    )
