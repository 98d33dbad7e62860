"""Conditions as aggregation expressions, for what the match language can't say, and for values.

In expressions null is a value like any other, lower than all that are stored: each comparison keeps it out
where SQL would find UNKNOWN, and only there where a side may be null.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import chosen, is_constant
from optimizer.engines.mongo.compile.compare import comparisons, lists, texts
from optimizer.engines.mongo.compile.compare.logic import all_of, any_of
from optimizer.engines.mongo.compile.conditions import (
    COMPARISONS,
    OPERATORS,
    between,
    is_row,
    negated,
    quantified,
    rows,
)
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Translator, is_given, is_null
from optimizer.engines.mongo.compile.types import BOOL, is_a


def is_true(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """True where the condition is TRUE (FALSE, if that is wanted), else false."""
    if is_constant(node):
        return chosen(node, lambda value: value is wanted, BOOL, "truth" if wanted else "falsehood")
    build = _HOLDS.get(type(node))
    if build is not None:
        return build(node, e, wanted)
    type_ = e.type(node)
    if is_a(type_, ("bool",)):
        return {"$eq": [e.value(node), wanted]}
    raise NotCompiled(node, "this condition isn't known here")


def truth(node: exp.Expr, e: Translator) -> Any:
    """True, false or null."""
    node = node.unnest()
    if not e.nullable(node):
        return is_true(node, e, True)
    if isinstance(node, COMPARISONS) and comparisons.is_simple(node, e):
        left, right = comparisons.sides(node, e)
        unknown = [
            is_null(v) for v, part in ((left, node.this), (right, node.expression)) if e.nullable(part)
        ]
        return {"$cond": [any_of(unknown), None, {OPERATORS[type(node)]: [left, right]}]}
    return {"$cond": [is_true(node, e, True), True, {"$cond": [is_true(node, e, False), False, None]}]}


def _connected(node: exp.Connector, e: Translator, wanted: bool) -> Any:
    parts = [is_true(part, e, wanted) for part in (node.this, node.expression)]
    return all_of(parts) if isinstance(node, exp.And) is wanted else any_of(parts)


def _not(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    return is_true(node.this, e, not wanted)


def _paren(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    return is_true(node.this, e, wanted)


def _comparison(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    if is_row(node.this):
        return is_true(rows(node), e, wanted)
    quantifies = quantified(node)
    if quantifies is not None:
        return lists.listed(node, e, *quantifies[:2], quantifies[2] is wanted)
    node = node if wanted else negated(node)
    if is_a(e.type(node.this), ("enum",)) and not isinstance(node, exp.EQ | exp.NEQ):
        return comparisons.enum(node, e)
    left, right = comparisons.sides(node, e)
    return all_of([*comparisons.guards(node, left, right, e), {OPERATORS[type(node)]: [left, right]}])


def _between(node: exp.Between, e: Translator, wanted: bool) -> Any:
    return is_true(between(node), e, wanted)


def _is(node: exp.Is, e: Translator, wanted: bool) -> Any:
    wanted = wanted is not bool(node.args.get("negate"))
    if isinstance(node.expression, exp.Null):
        return _null(node.this, e, wanted)
    if not isinstance(node.expression, exp.Boolean):
        raise NotCompiled(node, "this IS isn't known")
    held = is_true(node.this, e, bool(node.expression.this))
    return held if wanted else {"$not": [held]}


def _null(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """A JSON null isn't SQL's: only a member that isn't there is null."""
    if not e.nullable(node):
        return not wanted
    value = e.value(node)
    if isinstance(node.unnest(), exp.JSONExtract | exp.JSONBExtract):
        gone = any_of([{"$eq": [{"$type": value}, "missing"]}, *_above(value)])
        return gone if wanted else {"$not": [gone]}
    return is_null(value) if wanted else is_given(value)


def _above(value: Any) -> list[Any]:
    """`$getField` makes null of null, which is no JSON null then."""
    return [is_null(value["$getField"]["input"])] if "$getField" in value else []


def _unknown(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    raise NotCompiled(node, "this condition has to stand by itself in WHERE, joined to others by AND")


_HOLDS: dict[type[exp.Expr], Any] = {
    exp.Paren: _paren,
    exp.Not: _not,
    exp.And: _connected,
    exp.Or: _connected,
    **dict.fromkeys(COMPARISONS, _comparison),
    exp.Between: _between,
    exp.Is: _is,
    exp.In: lists.within,
    exp.NullSafeEQ: comparisons.same,
    exp.NullSafeNEQ: comparisons.same,
    exp.Like: texts.like,
    exp.ILike: texts.like,
    exp.Escape: texts.like,
    exp.ArrayContainsAll: lists.contains,
    exp.ArrayContainedBy: lists.contains,
    exp.ArrayOverlaps: lists.overlaps,
    exp.MatchAgainst: _unknown,
    exp.Exists: _unknown,
}

CONDITIONS = tuple(kind for kind in _HOLDS if kind is not exp.Paren)
"""The kinds of nodes that are conditions."""
