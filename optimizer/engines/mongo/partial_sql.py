"""A constant SQL predicate as a partial filter, where the filters' grammar has one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp

from optimizer.dataset.constraints.literals import bare, literal
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.conditions import OPERATORS
from optimizer.engines.mongo.partial_filters import present
from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.engines.mongo.values import to_bson
from optimizer.model.schema import Column, Table
from optimizer.queries.shapes import MIRRORED

Filter = dict[str, Any]
Fields = Mapping[str, tuple[str, Column]]
"""The path and the column behind each name that a predicate may speak of."""


def translated(text: str, layout: Layout, table: Table) -> Filter | None:
    """The predicate over a table's columns, on its collection's documents; None where it has no filter."""
    fields = {c.name: (layout.path(table.name, c.name), c) for c in table.columns}
    tree = tree_of(text)
    return None if tree is None else filter_of(tree, fields)


def filter_of(node: exp.Expr, fields: Fields) -> Filter | None:
    """The filter that is true exactly where the predicate is; None where the grammar has none."""
    node = node.unnest()
    match node:
        case exp.And():
            return combined([filter_of(part, fields) for part in node.flatten()])
        case exp.Or():
            branches = [filter_of(part, fields) for part in node.flatten()]
            return None if None in branches else {"$or": branches}
        case exp.Not():
            return _negated(node.this.unnest(), fields)
        case exp.Is():
            return _is(node, fields)
        case exp.In() | exp.Between():
            return _within(node, fields)
        case exp.Column() | exp.Cast():
            return _flag(node, fields, value=True)
    return _comparison(node, fields)


def combined(filters: list[Filter | None]) -> Filter | None:
    """All of the filters at once, one condition a path where that can be; None if one of them is None."""
    merged: Filter = {}
    for part in filters:
        if part is None:
            return None
        if set(part) & set(merged):
            return {"$and": [found for found in filters if found]}
        merged |= part
    return merged


def _negated(inner: exp.Expr, fields: Fields) -> Filter | None:
    if isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
        return _present(inner, fields)
    return _flag(inner, fields, value=False)


def _is(node: exp.Is, fields: Fields) -> Filter | None:
    found = _field(node.this, fields)
    if found is None or not isinstance(node.expression, exp.Null | exp.Boolean):
        return None
    if node.args.get("negate"):
        return _present(node, fields) if isinstance(node.expression, exp.Null) else None
    value = None if isinstance(node.expression, exp.Null) else bool(node.expression.this)
    return {found[0]: value}


def _present(node: exp.Is, fields: Fields) -> Filter | None:
    found = _field(node.this, fields)
    return None if found is None else present(found[0], found[1].type)


def _flag(node: exp.Expr, fields: Fields, *, value: bool) -> Filter | None:
    found = _field(node, fields)
    return {found[0]: value} if found is not None and found[1].type.base == "bool" else None


def _within(node: exp.Expr, fields: Fields) -> Filter | None:
    found = _field(node.this, fields)
    if found is None or node.args.get("query"):
        return None
    if isinstance(node, exp.Between):
        values = _values([node.args["low"], node.args["high"]], found[1])
        return {found[0]: {"$gte": values[0], "$lte": values[1]}} if values else None
    return _listed(found, list(node.expressions))


def _listed(found: tuple[str, Column], nodes: list[exp.Expr]) -> Filter | None:
    values = _values(nodes, found[1])
    return {found[0]: {"$in": values}} if values else None


def _comparison(node: exp.Expr, fields: Fields) -> Filter | None:
    if not isinstance(node, exp.EQ | exp.LT | exp.LTE | exp.GT | exp.GTE):
        return None
    kind: type[exp.Expr] = type(node)
    left, right = node.this, node.expression
    if _field(left, fields) is None:
        kind, left, right = MIRRORED.get(kind, kind), right, left
    found = _field(left, fields)
    if found is None:
        return None
    if isinstance(right, exp.Any):
        listed = bare(right.this)
        return _listed(found, list(listed.expressions)) if isinstance(listed, exp.Array) else None
    values = _values([right], found[1])
    if values is None:
        return None
    return {found[0]: values[0] if kind is exp.EQ else {OPERATORS[kind]: values[0]}}


def _values(nodes: list[exp.Expr], column: Column) -> list[Any] | None:
    """The constants as the column's documents hold them; None where one of them isn't of its type."""
    read = [literal(node, column.type) for node in nodes]
    made = [None if value is None else to_bson(value, column.type) for value in read]
    return None if not made or any(value is None for value in made) else made


def _field(node: exp.Expr, fields: Fields) -> tuple[str, Column] | None:
    inner = bare(node)
    return fields.get(inner.name) if isinstance(inner, exp.Column) and not inner.table else None
