"""Conditions as aggregation expressions, for what the match language can't say, and for values.

In expressions null is a value like any other, lower than all that are stored: each comparison keeps it out
where SQL would find UNKNOWN, and only there where a side may be null.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile import patterns
from optimizer.engines.mongo.compile.comparands import chosen, comparand, is_constant
from optimizer.engines.mongo.compile.conditions import (
    COMPARISONS,
    OPERATORS,
    between,
    disjunction,
    is_row,
    members,
    negated,
    quantified,
    rows,
)
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Translator, is_given, is_null
from optimizer.engines.mongo.compile.types import BOOL, TEXT, common, element_of, is_a
from optimizer.model.schema import ColumnType


def all_of(parts: list[Any]) -> Any:
    """`$and` of expressions, flat."""
    flat = [inner for part in parts for inner in _inner("$and", part) if inner is not True]
    if False in flat:
        return False
    return flat[0] if len(flat) == 1 else ({"$and": flat} if flat else True)


def any_of(parts: list[Any]) -> Any:
    """`$or` of expressions, flat."""
    flat = [inner for part in parts for inner in _inner("$or", part) if inner is not False]
    if any(part is True for part in flat):
        return True
    return flat[0] if len(flat) == 1 else ({"$or": flat} if flat else False)


def _inner(operator: str, part: Any) -> list[Any]:
    return list(part[operator]) if isinstance(part, dict) and list(part) == [operator] else [part]


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
    if isinstance(node, COMPARISONS) and _is_simple(node, e):
        left, right = sides(node, e)
        unknown = [
            is_null(v) for v, part in ((left, node.this), (right, node.expression)) if e.nullable(part)
        ]
        return {"$cond": [any_of(unknown), None, {OPERATORS[type(node)]: [left, right]}]}
    return {"$cond": [is_true(node, e, True), True, {"$cond": [is_true(node, e, False), False, None]}]}


def _is_simple(node: exp.Expr, e: Translator) -> bool:
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
    listed = quantified(node)
    if listed is not None:
        return _listed(node, e, *listed[:2], listed[2] is wanted)
    node = node if wanted else negated(node)
    if is_a(e.type(node.this), ("enum",)) and not isinstance(node, exp.EQ | exp.NEQ):
        return _enum(node, e)
    left, right = sides(node, e)
    return all_of([*_guards(node, left, right, e), {OPERATORS[type(node)]: [left, right]}])


def _guards(node: exp.Expr, left: Any, right: Any, e: Translator) -> list[Any]:
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


def _enum(node: exp.Expr, e: Translator) -> Any:
    """Enums are in the order of their labels."""
    type_ = e.type(node.this)
    labels = list(type_.labels) if type_ else []
    left, right = sides(node, e)
    places = [{"$indexOfArray": [labels, side]} for side in (left, right)]
    given = [is_given(v) for v, part in ((left, node.this), (right, node.expression)) if e.nullable(part)]
    return all_of([*given, {OPERATORS[type(node)]: places}])


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


def _in(node: exp.In, e: Translator, wanted: bool) -> Any:
    parts = members(node)
    if is_row(node.this) or not all(is_constant(part) for part in parts):
        equalities = [exp.EQ(this=node.this, expression=part) for part in parts]
        return is_true(disjunction(equalities), e, wanted)
    type_ = common([e.type(node.this), *(e.type(part) for part in parts)])
    value = e.value(node.this, type_)
    if wanted:
        return {"$in": [value, [comparand(part, type_) for part in parts]]}
    known = [is_given(e.value(part, type_)) for part in parts if e.nullable(part)]
    given = [is_given(value)] if e.nullable(node.this) else []
    return all_of([*given, *known, {"$not": [{"$in": [value, [e.value(part, type_) for part in parts]]}]}])


def _listed(node: exp.Expr, e: Translator, item: exp.Expr, array: exp.Expr, wanted: bool) -> Any:
    """`= ANY`, or where not wanted `<> ALL`."""
    array_type = e.type(array)
    type_ = common((e.type(item), element_of(array_type) if array_type else None))
    value = e.value(item, type_)
    listed = e.value(array, None if type_ is None else _array_of(type_))
    whole = _or_empty(listed, e.nullable(array))
    if wanted:
        inside = {"$in": [value, whole]}
        return all_of([*([is_given(value)] if e.nullable(item) else []), inside])
    excluded = [{"$not": [{"$in": [part, whole]}]} for part in (value, None)]
    given = [is_given(listed)] if e.nullable(array) else []
    known = is_given(value) if e.nullable(item) else True
    outside = all_of([known, *excluded])
    return all_of([*given, any_of([{"$eq": [whole, []]}, outside])])


def _or_empty(array: Any, nullable: bool) -> Any:
    """Operators on arrays fail on null, even where a guard before them says no."""
    return {"$ifNull": [array, []]} if nullable else array


def _array_of(type_: ColumnType) -> ColumnType:
    return ColumnType(f"{type_.sql}[]", type_.base, array=True)


def _same(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """IS [NOT] DISTINCT FROM: null is a value here; a missing one counts as null."""
    wanted = wanted is isinstance(node, exp.NullSafeEQ)
    values = sides(node, e)
    made = [
        {"$ifNull": [value, None]} if e.nullable(part) else value
        for value, part in zip(values, (node.this, node.expression), strict=True)
    ]
    return {"$eq" if wanted else "$ne": made}


def _like(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    escape = "\\"
    if isinstance(node, exp.Escape):
        escape, node = node.expression.name, node.this
    wanted = wanted is not bool(node.args.get("negate"))
    regex = chosen(
        node.expression, lambda p: None if p is None else _as_regex(p, escape, node), TEXT, "pattern"
    )
    value = e.value(node.this, TEXT)
    found = {"$regexMatch": {"input": value, "regex": regex}}
    if wanted:
        return found
    given = [is_given(value)] if e.nullable(node.this) else []
    known = [is_given(e.value(node.expression))] if e.nullable(node.expression) else []
    return all_of([*given, *known, {"$not": [found]}])


def _as_regex(pattern: str, escape: str, node: exp.Expr) -> Any:
    return patterns.as_regex(pattern, escape, caseless=isinstance(node, exp.ILike))


def _contains(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """`@>` and `<@` of arrays as sets; null elements are never equal."""
    big, small = node.this, node.expression
    if isinstance(node, exp.ArrayContainedBy):
        big, small = small, big
    types = [type_ for type_ in (e.type(big), e.type(small)) if type_ is not None]
    if not types or not all(type_.array for type_ in types):
        raise NotCompiled(node, "containment is known of arrays here")
    inner, outer = e.value(small, types[0]), e.value(big, types[0])
    given = [is_given(v) for v, part in ((inner, small), (outer, big)) if e.nullable(part)]
    inner, outer = _or_empty(inner, e.nullable(small)), _or_empty(outer, e.nullable(big))
    subset = {"$setIsSubset": [inner, outer]}
    inside = all_of([subset, {"$not": [{"$in": [None, inner]}]}])
    return all_of([*given, inside if wanted else {"$not": [inside]}])


def _overlaps(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    types = [type_ for type_ in (e.type(node.this), e.type(node.expression)) if type_ is not None]
    if not types or not all(type_.array for type_ in types):
        raise NotCompiled(node, "overlapping is known of arrays here")
    left, right = e.value(node.this, types[0]), e.value(node.expression, types[0])
    given = [is_given(v) for v, part in ((left, node.this), (right, node.expression)) if e.nullable(part)]
    both = {
        "$setIntersection": [
            _or_empty(left, e.nullable(node.this)),
            _or_empty(right, e.nullable(node.expression)),
        ]
    }
    shared = {"$setDifference": [both, [None]]}
    return all_of([*given, {"$gt" if wanted else "$eq": [shared, []]}])


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
    exp.In: _in,
    exp.NullSafeEQ: _same,
    exp.NullSafeNEQ: _same,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Escape: _like,
    exp.ArrayContainsAll: _contains,
    exp.ArrayContainedBy: _contains,
    exp.ArrayOverlaps: _overlaps,
    exp.MatchAgainst: _unknown,
    exp.Exists: _unknown,
}

CONDITIONS = tuple(kind for kind in _HOLDS if kind is not exp.Paren)
"""The kinds of nodes that are conditions."""
