"""What stands in the trees of CHECK constraints, as PostgreSQL prints them: columns, constants, calls.

Casts that change nothing are looked through. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from optimizer.dataset.constraints.literals import bare, literal
from optimizer.engines.mongo.values import to_bson
from optimizer.model.schema import Column
from optimizer.queries.shapes import TEXT_TYPES

Columns = Mapping[str, Column]

_INTEGERS = frozenset({"int2", "int4", "int8"})
_TEXT_CASTS = frozenset({"TEXT", "VARCHAR"})
_WIDER_CASTS = frozenset({"INT", "BIGINT", "DECIMAL", "DOUBLE"})
_TRIMS = frozenset({"trim", "btrim"})


def column_of(node: exp.Expr, columns: Columns) -> Column | None:
    """The column that an expression is, casts taken off that leave its values what they are."""
    inner = node.unnest()
    while isinstance(inner, exp.Cast):
        cast, inner = inner, inner.this.unnest()
        column = columns.get(inner.name) if isinstance(inner, exp.Column) else None
        if column is None or not _is_idle(cast, column):
            return None
    return columns.get(inner.name) if isinstance(inner, exp.Column) else None


def _is_idle(cast: exp.Cast, column: Column) -> bool:
    name = cast.to.this.name if isinstance(cast.to.this, exp.DType) else ""
    if column.type.array:
        return False
    if column.type.base in TEXT_TYPES or column.type.base == "enum":
        return name in _TEXT_CASTS and not cast.to.expressions
    if column.type.base in _INTEGERS:
        return (
            name in _WIDER_CASTS
            and not cast.to.expressions
            and not (name == "INT" and column.type.base == "int8")
        )
    return column.type.base == "numeric" and name == "DECIMAL" and not cast.to.expressions


def constant(node: exp.Expr, column: Column) -> Any:
    """The constant as the column's documents hold it; None where it is none of the column's type."""
    value = literal(node, column.type)
    return None if value is None or column.type.array else to_bson(value, column.type)


def constants(nodes: list[exp.Expr], column: Column) -> list[Any] | None:
    """All of them as constants, None where one isn't."""
    found = [constant(node, column) for node in nodes]
    return None if not found or any(value is None for value in found) else found


def text_of(node: exp.Expr) -> str | None:
    """The text of a constant, or of a number."""
    inner = bare(node)
    return str(inner.this) if isinstance(inner, exp.Literal) else None


def members(node: exp.Expr) -> list[exp.Expr] | None:
    """The elements of `ANY (ARRAY[...])` or `ALL (ARRAY[...])`; None for anything else."""
    inner: exp.Expr | None = None
    if isinstance(node, exp.Any):
        inner = node.this
    elif isinstance(node, exp.Anonymous) and node.name.upper() in {"ALL", "SOME"} and node.expressions:
        inner = node.expressions[0]
    listed = bare(inner) if inner is not None else None
    return list(listed.expressions) if isinstance(listed, exp.Array) else None


def length_of(node: exp.Expr, columns: Columns) -> Column | None:
    """The text column whose length in characters the expression is."""
    node = node.unnest()
    named = isinstance(node, exp.Anonymous) and node.name.lower() in {"char_length", "character_length"}
    if not isinstance(node, exp.Length) and not named:
        return None
    column = column_of(node.expressions[0] if named else node.this, columns)
    return column if column is not None and column.type.base in TEXT_TYPES else None


def trimmed(node: exp.Expr, columns: Columns) -> Column | None:
    """The text column that the expression takes the blanks off, on both sides."""
    node = node.unnest()
    inner: exp.Expr | None = None
    if isinstance(node, exp.Trim) and not node.expression and node.args.get("position") in (None, "BOTH"):
        inner = node.this
    elif isinstance(node, exp.Anonymous) and node.name.lower() in _TRIMS and len(node.expressions) == 1:
        inner = node.expressions[0]
    column = column_of(inner, columns) if inner is not None else None
    return column if column is not None and column.type.base in TEXT_TYPES else None


def call(node: exp.Expr, name: str, columns: Columns) -> Column | None:
    """The column that is the first argument of a function of this name."""
    node = node.unnest()
    if not isinstance(node, exp.Anonymous) or node.name.lower() != name or not node.expressions:
        return None
    return column_of(node.expressions[0], columns)
