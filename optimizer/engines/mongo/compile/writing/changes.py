"""SET, and the WHERE of an UPDATE or a DELETE."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import condition, type_of, value
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.types import INTEGERS, NUMBERS, is_a
from optimizer.engines.mongo.compile.writing.draft import Draft
from optimizer.engines.mongo.compile.writing.rows import expression, formula, with_values
from optimizer.engines.mongo.values import is_stored
from optimizer.model.schema import Column, Table
from optimizer.queries.conditions import conjuncts

Sets = dict[str, exp.Expr]
"""What each column is set to, generated columns included, over columns without a table."""

EXCLUDED = "excluded"


def sets_of(tree: exp.Expr, table: Table) -> Sets:
    """The assignments of an UPDATE, or of ON CONFLICT DO UPDATE."""
    found: Sets = {}
    for one in tree.expressions:
        left, right = one.this.unnest(), one.expression
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            pairs = list(zip(left.expressions, right.expressions, strict=True))
        else:
            pairs = [(left, right)]
        for column, node in pairs:
            if not isinstance(column, exp.Column) or column.name not in table.by_name:
                raise NotCompiled(one, "only whole columns can be set")
            found[column.name] = _given(node, table.by_name[column.name])
    return {**found, **_generated(table, found)}


def _given(node: exp.Expr, column: Column) -> exp.Expr:
    if isinstance(node, exp.Var | exp.Column) and node.name.upper() == "DEFAULT":
        return expression(column.default) if column.default else exp.Null()
    return bare(node)


def _generated(table: Table, found: Sets) -> Sets:
    made: Sets = {}
    for column in table.columns:
        if column.generated and is_stored(column):
            node = formula(column)
            if any(part.name in found for part in node.find_all(exp.Column)):
                made[column.name] = bare(with_values(node, found))
    return made


def bare(node: exp.Expr) -> exp.Expr:
    """The expression with its columns' tables taken off, EXCLUDED's left."""

    def changed(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Column) and part.table and part.table.lower() != EXCLUDED:
            return exp.column(part.this.copy())
        return part

    if node.find(exp.Query):
        raise NotCompiled(node, "a subquery in a write")
    return node.copy().transform(changed)


def conditions_of(tree: exp.Expr, table: Table, draft: Draft) -> list[exp.Expr]:
    """The conjuncts of WHERE, and those of row-level security."""
    if tree.args.get("from_") is not None or tree.args.get("using") or tree.args.get("with_") is not None:
        raise NotCompiled(tree, "a write that joins other tables")
    where = tree.args.get("where")
    own = [bare(part) for part in conjuncts(where.this if where is not None else None)]
    return [*own, *draft.context.secured.get(table.name, ())]


def pinned(conditions: Iterable[exp.Expr]) -> dict[str, exp.Expr]:
    """The columns that must equal a constant, with it."""
    found: dict[str, exp.Expr] = {}
    for node in conditions:
        if isinstance(node, exp.EQ):
            left, right = node.this.unnest(), node.expression.unnest()
            if not isinstance(left, exp.Column):
                left, right = right, left
            if isinstance(left, exp.Column) and is_constant(right):
                found[left.name] = right
    return found


def is_one_row(table: Table, conditions: Sequence[exp.Expr]) -> bool:
    """True where the conditions pin a whole key."""
    return table.is_unique(frozenset(pinned(conditions)))


def filter_of(conditions: Sequence[exp.Expr], scope: Scope) -> dict[str, Any]:
    """The filter of all the conditions."""
    return condition(exp.and_(*conditions), scope) if conditions else {}


Named = Callable[[str], str]
"""Where an update finds a column: its path, or that within an array (`items.$[row].quantity`)."""


@dataclass(frozen=True)
class Change:
    """An update document's operators, for values that are constant, or that are only added to."""

    set: dict[str, Any]
    inc: dict[str, Any]

    @property
    def operators(self) -> dict[str, Any]:
        return {name: part for name, part in (("$set", self.set), ("$inc", self.inc)) if part}


def operators(sets: Sets, table: Table, named: Named) -> Change | None:
    """`$set` and `$inc`; None where a column is set to something else of the row."""
    change = Change({}, {})
    for name, node in sets.items():
        column = table.by_name[name]
        if is_constant(node):
            change.set[named(name)] = assigned(node, column.type)
            continue
        added = _added(node, column)
        if added is None:
            return None
        change.inc[named(name)] = assigned(added, column.type)
    return change


def _added(node: exp.Expr, column: Column) -> exp.Expr | None:
    """The constant that is added to the column itself; `$inc` refuses nulls, so it must not be null."""
    if not isinstance(node, exp.Add | exp.Sub) or not column.not_null or not is_a(column.type, NUMBERS):
        return None
    left, right = node.this.unnest(), node.expression.unnest()
    if isinstance(node, exp.Add) and not isinstance(left, exp.Column):
        left, right = right, left
    own = isinstance(left, exp.Column) and left.name == column.name
    if not own or not is_constant(right) or _fractional(right, column) or _may_be_null(right):
        return None
    return exp.Neg(this=exp.Paren(this=right.copy())) if isinstance(node, exp.Sub) else right


def _fractional(node: exp.Expr, column: Column) -> bool:
    type = type_of(node, Scope())
    return is_a(column.type, INTEGERS) and type is not None and not is_a(type, INTEGERS)


def _may_be_null(node: exp.Expr) -> bool:
    return isinstance(node, exp.Null)


def expressions(sets: Sets, table: Table, scope: Scope) -> dict[str, Any]:
    """The aggregation expression that each column is set to, as its type stores it."""
    return {name: stored_value(node, table.by_name[name], scope) for name, node in sets.items()}


def stored_value(node: exp.Expr, column: Column, scope: Scope) -> Any:
    """The expression of a value that is assigned to a column."""
    if is_constant(node):
        return {"$literal": assigned(node, column.type)}
    own = type_of(node, scope)
    if is_a(column.type, NUMBERS) and (
        own is None or own.base != column.type.base or _rounds(column, own.scale)
    ):
        node = exp.Cast(this=node, to=exp.DataType.build(column.type.sql, dialect="postgres"))
    return value(node, scope, column.type)


def _rounds(column: Column, scale: int | None) -> bool:
    return column.type.scale is not None and (scale is None or scale > column.type.scale)
