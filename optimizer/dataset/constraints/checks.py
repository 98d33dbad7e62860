"""CHECK constraints, as PostgreSQL prints them, read into limits of columns and orderings of two columns.

What isn't understood is left out: PostgreSQL itself judges a sample of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from optimizer.dataset.constraints.limits import Bound, Limits, Ordering, Value
from optimizer.dataset.constraints.literals import bare, literal
from optimizer.model.schema import Column, Table

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}


@dataclass(frozen=True)
class Checks:
    """What the checks of one table say; `limits` by column name, columns without any left out."""

    limits: dict[str, Limits] = field(default_factory=dict)
    orderings: tuple[Ordering, ...] = ()


def read(table: Table) -> Checks:
    """The limits and orderings of all checks of the table."""
    limits: dict[str, Limits] = {}
    orderings: list[Ordering] = []
    for check in table.checks:
        for part in _conjuncts(_parsed(check.expression)):
            ordering = _ordering(part, table)
            if ordering:
                orderings.append(ordering)
            found = _limits(part, table)
            if found:
                limits[found[0]] = limits.get(found[0], Limits()).with_(found[1])
    return Checks(limits, tuple(dict.fromkeys(orderings)))


def _parsed(expression: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(expression, dialect="postgres")
    except SqlglotError:
        return None


def _conjuncts(node: exp.Expr | None) -> Iterator[exp.Expr]:
    if node is None:
        return
    node = bare(node)
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif isinstance(node, exp.Or):
        yield from _unless_null(node)
    else:
        yield node


def _unless_null(node: exp.Or) -> Iterator[exp.Expr]:
    """Of `x IS NULL OR y`: y."""
    for side, other in ((node.left, node.right), (node.right, node.left)):
        test = bare(side)
        if isinstance(test, exp.Is) and isinstance(test.expression, exp.Null) and not test.args.get("negate"):
            yield from _conjuncts(other)
            return
    yield node


def _column(node: exp.Expr, table: Table) -> Column | None:
    node = bare(node)
    return table.by_name.get(_folded(node.this)) if isinstance(node, exp.Column) else None


def _folded(identifier: exp.Expr) -> str:
    name = str(identifier.this)
    return name if identifier.args.get("quoted") else name.lower()


def _ordering(node: exp.Expr, table: Table) -> Ordering | None:
    if not isinstance(node, exp.GT | exp.GTE | exp.LT | exp.LTE):
        return None
    left, right = _column(node.this, table), _column(node.expression, table)
    if left is None or right is None:
        return None
    strict = isinstance(node, exp.GT | exp.LT)
    if isinstance(node, exp.LT | exp.LTE):
        return Ordering(left.name, right.name, strict)
    return Ordering(right.name, left.name, strict)


def _limits(node: exp.Expr, table: Table) -> tuple[str, Limits] | None:
    if isinstance(node, exp.In):
        column = _column(node.this, table)
        return _listed(column, node.expressions) if column else None
    if isinstance(node, exp.Or):
        return _alternatives(node, table)
    if isinstance(node, exp.Between):
        column = _column(node.this, table)
        if column is None:
            return None
        return column.name, Limits(_bound(node.args["low"], column), _bound(node.args["high"], column))
    if isinstance(node, exp.RegexpLike | exp.RegexpILike):
        return _pattern(node, table)
    return _comparison(node, table)


def _alternatives(node: exp.Or, table: Table) -> tuple[str, Limits] | None:
    """`a = 'x' OR a = 'y'` is a list of choices."""
    found = [_limits(bare(side), table) for side in (node.left, node.right)]
    names = {name for name, _ in filter(None, found)}
    lists = [limits.choices for _, limits in filter(None, found)]
    if len(names) != 1 or len(lists) != 2 or any(choices is None for choices in lists):
        return None
    return names.pop(), Limits(choices=tuple(value for choices in lists for value in choices or ()))


def _pattern(node: exp.Expr, table: Table) -> tuple[str, Limits] | None:
    column, text = _column(node.this, table), bare(node.expression)
    if column is None or not isinstance(text, exp.Literal):
        return None
    return column.name, Limits(patterns=((str(text.this), isinstance(node, exp.RegexpLike)),))


def _comparison(node: exp.Expr, table: Table) -> tuple[str, Limits] | None:
    kind = type(node)
    if kind not in _MIRRORED:
        return None
    left, right = bare(node.this), bare(node.expression)
    if isinstance(left, exp.Literal | exp.Neg):
        left, right, kind = right, left, _MIRRORED[kind]
    if isinstance(left, exp.Length):
        column = _column(_untrimmed(left.this), table)
        return (column.name, _lengths(kind, right)) if column else None
    found = _column(left, table)
    if found is None:
        return None
    if isinstance(right, exp.Any):
        inner = bare(right.this)
        listed = kind is exp.EQ and isinstance(inner, exp.Array)
        return _listed(found, inner.expressions) if listed else None
    value = literal(right, found.type)
    return (found.name, _compared(kind, value)) if value is not None else None


def _untrimmed(node: exp.Expr) -> exp.Expr:
    node = bare(node)
    return bare(node.this) if isinstance(node, exp.Trim) else node


def _compared(kind: type[exp.Expr], value: Value) -> Limits:
    if kind is exp.EQ:
        return Limits(choices=(value,))
    if kind is exp.NEQ:
        return Limits(excluded=(value,))
    bound = Bound(value, inclusive=kind in (exp.GTE, exp.LTE))
    return Limits(low=bound) if kind in (exp.GT, exp.GTE) else Limits(high=bound)


def _bound(node: exp.Expr, column: Column) -> Bound | None:
    value = literal(node, column.type)
    return None if value is None else Bound(value)


def _lengths(kind: type[exp.Expr], node: exp.Expr) -> Limits:
    if not isinstance(node, exp.Literal) or node.is_string or not str(node.this).isdigit():
        return Limits()
    length = int(str(node.this))
    if kind is exp.EQ:
        return Limits(min_length=length, max_length=length)
    if kind in (exp.GT, exp.GTE):
        return Limits(min_length=length + (kind is exp.GT))
    return Limits(max_length=length - (kind is exp.LT)) if kind is not exp.NEQ else Limits()


def _listed(column: Column, nodes: list[exp.Expr]) -> tuple[str, Limits] | None:
    values = [literal(node, column.type) for node in nodes]
    if not values or any(value is None for value in values):
        return None
    return column.name, Limits(choices=tuple(value for value in values if value is not None))
