"""Small trees that rules look for, and put into statements."""

from __future__ import annotations

from sqlglot import exp

from optimizer.model.names import TableName
from optimizer.queries.tree import identifier


def column(alias: str, name: str) -> exp.Column:
    """A column as it stands in a tree, quoted only where it has to be."""
    return exp.column(identifier(name), table=identifier(alias))


def is_column(node: exp.Expr | None, alias: str, name: str) -> bool:
    """True for this column of this source, however it is quoted."""
    return isinstance(node, exp.Column) and (node.table, node.name) == (alias, name)


def is_present(tree: exp.Expr) -> exp.Expr:
    """The condition that a value isn't null."""
    return exp.Not(this=exp.Is(this=tree, expression=exp.null()))


def or_zero(tree: exp.Expr) -> exp.Expr:
    """The value, 0 where it is null."""
    return exp.Coalesce(this=tree, expressions=[exp.Literal.number(0)])


def at_least_one(tree: exp.Expr) -> exp.Expr:
    """The value, 1 where it is less."""
    return exp.Greatest(this=tree, expressions=[exp.Literal.number(1)], ignore_nulls=True)


def as_source(table: TableName, alias: str) -> exp.Table:
    """A table as a source."""
    name, schema, named = (identifier(one) for one in (table.name, table.schema, alias))
    return exp.Table(this=name, db=schema, alias=exp.TableAlias(this=named))


_SETS = (exp.From, exp.Join, exp.Lateral, exp.CTE, exp.SetOperation, exp.Subquery, exp.Paren)
_TESTS = (exp.In, exp.Any, exp.All, exp.Exists)
_TAKES_ROWS = frozenset({"array", "any", "some", "all"})
"""What is no function, although it looks like a call."""


def is_value(place: exp.Subquery) -> bool:
    """True where a subquery stands for a single value, not for rows."""
    outside = place.parent
    if isinstance(outside, exp.Anonymous) and outside.name.lower() in _TAKES_ROWS:
        return False
    one = isinstance(place.this, exp.Select) and len(place.this.expressions) == 1
    return one and not isinstance(outside, (*_SETS, *_TESTS))


def become(tree: exp.Expr, other: exp.Expr) -> None:
    """Change a tree into another one of its kind, at its place."""
    for name in {*tree.args, *other.args}:
        tree.set(name, other.args.get(name))
