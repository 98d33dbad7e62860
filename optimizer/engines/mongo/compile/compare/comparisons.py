"""Comparisons of two values."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.compare.logic import all_of
from optimizer.engines.mongo.compile.conditions import OPERATORS, is_row, quantified
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Translator, is_given
from optimizer.engines.mongo.compile.types import common, is_a
from optimizer.model.schema import ColumnType


def is_simple(node: exp.Expr, e: Translator) -> bool:
    """True for a comparison of two values as MongoDB compares them."""
    plain = not is_row(node.this) and quantified(node) is None
    return plain and not is_a(e.type(node.this), ("enum",))


def sides(node: exp.Expr, e: Translator) -> tuple[Any, Any]:
    """Both sides of a comparison as values of one type."""
    both = compared(node.this, node.expression, e)
    return e.value(node.this, both), e.value(node.expression, both)


def compared(left: exp.Expr, right: exp.Expr, e: Translator) -> ColumnType | None:
    """The type that two sides are compared as; NotCompiled where MongoDB compares it otherwise."""
    both = common((e.type(left), e.type(right)))
    if is_a(both, ("json", "jsonb")):
        raise NotCompiled(left, "MongoDB compares documents by the order of their keys")
    return both


def guards(node: exp.Expr, left: Any, right: Any, e: Translator) -> list[Any]:
    """Null is lower than any value: only on the lower side of `<` could it pass. Equal nulls pass `=`."""
    lefts = [is_given(left)] if e.nullable(node.this) else []
    rights = [is_given(right)] if e.nullable(node.expression) else []
    match node:
        case exp.EQ():
            return (lefts or rights) if lefts and rights else []
        case exp.LT() | exp.LTE():
            return lefts
        case exp.GT() | exp.GTE():
            return rights
    return [*lefts, *rights]


def enum(node: exp.Expr, e: Translator) -> Any:
    """Enums are in the order of their labels."""
    type_ = e.type(node.this)
    labels = list(type_.labels) if type_ else []
    left, right = sides(node, e)
    places = [{"$indexOfArray": [labels, side]} for side in (left, right)]
    given = [is_given(v) for v, part in ((left, node.this), (right, node.expression)) if e.nullable(part)]
    return all_of([*given, {OPERATORS[type(node)]: places}])


def same(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """IS [NOT] DISTINCT FROM: null is a value here; a missing one counts as null."""
    wanted = wanted is isinstance(node, exp.NullSafeEQ)
    values = sides(node, e)
    made = [
        {"$ifNull": [value, None]} if e.nullable(part) else value
        for value, part in zip(values, (node.this, node.expression), strict=True)
    ]
    return {"$eq" if wanted else "$ne": made}
