"""The types that PostgreSQL gives to what a grouped SELECT asks for, as far as that is clear without it.

Here a tree's sources are known, and types have their modifiers; base_types looks for the sources itself.

Sources: pg_aggregate, and the numeric operators of pg_operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from sqlglot import exp

from optimizer.model.schema import Column, ColumnType, Table
from optimizer.queries.base_types import CASTS, NUMBERS, TRUNCATIONS, number_type, wider
from optimizer.queries.grains import Way, use_of
from optimizer.queries.time_buckets import is_bucket

_SPELLED = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "numeric": "numeric",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "date": "date",
    "text": "text",
    "uuid": "uuid",
}
_SUMS = {"int2": "int8", "int4": "int8", "int8": "numeric"}


def value_type(tree: exp.Expr, tables: Mapping[str, Table]) -> ColumnType | None:
    """The type of an expression over these sources' columns; None where it isn't clear."""
    tree = tree.unnest()
    match tree:
        case exp.Filter():
            return value_type(tree.this, tables)
        case exp.Column():
            column = column_of(tree, tables)
            return column.type if column else None
        case exp.Count():
            return named_type("int8")
        case exp.Min() | exp.Max():
            return value_type(tree.this, tables)
        case exp.Sum() | exp.Avg():
            return _added(tree, tables)
        case exp.LogicalAnd() | exp.LogicalOr():
            return named_type("bool")
        case exp.Anonymous() if is_bucket(tree) and len(tree.expressions) > 1:
            return value_type(tree.expressions[1], tables)
        case exp.Anonymous() if tree.name.lower() in TRUNCATIONS:
            return _truncated(tree, tables)
    base = _number(tree, tables)
    return named_type(base) if base else None


def named_type(base: str) -> ColumnType:
    """A built-in type without modifiers."""
    return ColumnType(_SPELLED[base], base)


def column_of(tree: exp.Column, tables: Mapping[str, Table]) -> Column | None:
    """The column of a table that a tree's column is."""
    table = tables.get(tree.table)
    return table.by_name.get(tree.name) if table else None


def _added(tree: exp.Expr, tables: Mapping[str, Table]) -> ColumnType | None:
    inner = tree.this.this if isinstance(tree.this, exp.Distinct) else tree.this
    base = _number(inner, tables) if isinstance(inner, exp.Expr) else None
    if base is None:
        return None
    if isinstance(tree, exp.Sum):
        return named_type(_SUMS.get(base, base))
    return named_type("float8" if base.startswith("float") else "numeric")


def _number(tree: exp.Expr, tables: Mapping[str, Table]) -> str | None:
    """The base type of a number's expression."""
    tree = tree.unnest()
    match tree:
        case exp.Column():
            column = column_of(tree, tables)
            known = column is not None and not column.type.array and column.type.base in NUMBERS
            return column.type.base if column is not None and known else None
        case exp.Literal() if not tree.is_string:
            return number_type(tree)
        case exp.Cast():
            base = CASTS.get(tree.to.this)
            return base if base in NUMBERS else None
        case exp.Neg():
            return _number(tree.this, tables)
        case exp.Add() | exp.Sub() | exp.Mul() | exp.Div():
            return wider(_number(tree.this, tables), _number(tree.expression, tables))
        case exp.Coalesce():
            return reduce(wider, (_number(one, tables) for one in (tree.this, *tree.expressions)))
    return None


def _truncated(tree: exp.Anonymous, tables: Mapping[str, Table]) -> ColumnType | None:
    columns = list(tree.find_all(exp.Column))
    table = tables.get(columns[0].table) if len(columns) == 1 else None
    if table is None or columns[0].name not in table.by_name:
        return None
    use = use_of(columns[0], table)
    if use.node is not tree:
        return None
    return table.by_name[columns[0].name].type if use.way is Way.ZONED else use.grain.type(table)
