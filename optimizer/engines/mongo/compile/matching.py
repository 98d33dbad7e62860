"""Conditions as filters: the match language wherever it can say it, `$expr` for the rest.

NOT is taken inside, so that each comparison is asked to be TRUE or to be FALSE, and is neither where it is
UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import chosen, is_constant
from optimizer.engines.mongo.compile.conditions import (
    COMPARISONS,
    between,
    disjunction,
    is_row,
    members,
    negated,
    quantified,
    rows,
    turned,
)
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import NEVER, Filter, all_of, any_of
from optimizer.engines.mongo.compile.match import comparisons, containment, lists, points, texts
from optimizer.engines.mongo.compile.match.operands import pair_of, place_of
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import BOOL, is_a


def match(node: exp.Expr, e: Translator, wanted: bool = True) -> Filter:
    """The filter of the documents for which the condition is TRUE, or FALSE if that is wanted."""
    node = node.unnest()
    if is_constant(node):
        return _constant(node, wanted)
    build = _BUILDERS.get(type(node))
    found = build(node, e, wanted) if build is not None else _boolean(node, e, wanted)
    return {"$expr": e.is_true(node, wanted)} if found is None else found


def _constant(node: exp.Expr, wanted: bool) -> Filter:
    """All documents or none: in an OR the server sees so, and uses the other branches' indexes."""

    def held(value: Any) -> list[Filter]:
        return [{}] if value is wanted else [dict(NEVER)]

    made = chosen(node, held, BOOL, "condition" if wanted else "negated condition")
    return made[0] if isinstance(made, list) else {"$and": made}


_Build = Callable[[Any, Translator, bool], Filter | None]


def _not(node: exp.Not, e: Translator, wanted: bool) -> Filter:
    return match(node.this, e, not wanted)


def _connected(node: exp.Connector, e: Translator, wanted: bool) -> Filter:
    parts = [match(part, e, wanted) for part in node.flatten()]
    return all_of(parts) if isinstance(node, exp.And) is wanted else any_of(parts)


def _comparison(node: exp.Binary, e: Translator, wanted: bool) -> Filter | None:
    if is_row(node.this):
        return match(rows(node), e, wanted)
    listed = quantified(node)
    if listed is not None:
        item, array, equal = listed
        return lists.quantified(item, array, e, equal is wanted)
    node = node if wanted else negated(node)
    if is_constant(node.this):
        node = turned(node)
    if not is_constant(node.expression):
        return None
    return _special(node, e) or _with_field(node, e)


def _special(node: exp.Binary, e: Translator) -> Filter | None:
    if isinstance(node, exp.EQ | exp.NEQ):
        found = texts.in_case(node, e, isinstance(node, exp.EQ))
        if found is not None:
            return found
    found = comparisons.of_day(node, e) or points.near(node, e)
    return found or (_size(node, e) if isinstance(node, exp.EQ) else None)


def _with_field(node: exp.Binary, e: Translator) -> Filter | None:
    pair = pair_of(node, e.scope)
    return None if pair is None else comparisons.compared(pair, e)


def _size(node: exp.EQ, e: Translator) -> Filter | None:
    """`cardinality(column) = 2`."""
    call, size = node.this.unnest(), node.expression
    if not isinstance(call, exp.Anonymous) or call.name.lower() not in ("cardinality", "jsonb_array_length"):
        return None
    place = place_of(call.expressions[0], e.scope)
    literal = isinstance(size, exp.Literal) and size.name.isdigit()
    return {place.path: {"$size": int(size.name)}} if place is not None and literal else None


def _between(node: exp.Between, e: Translator, wanted: bool) -> Filter:
    return match(between(node), e, wanted)


def _in(node: exp.In, e: Translator, wanted: bool) -> Filter | None:
    parts = members(node)
    constants = all(is_constant(part) for part in parts)
    place = None if is_row(node.this) else place_of(node.this, e.scope)
    if place is not None and constants and not place.is_array:
        return comparisons.listed(place, parts, e, wanted)
    if is_row(node.this) or not constants:
        return match(disjunction([exp.EQ(this=node.this, expression=part) for part in parts]), e, wanted)
    return None


def _is(node: exp.Is, e: Translator, wanted: bool) -> Filter | None:
    wanted = wanted is not bool(node.args.get("negate"))
    if isinstance(node.expression, exp.Null):
        place = place_of(node.this, e.scope)
        whole_json = place is not None and place.json and "." not in place.path
        return (
            None if place is None or (whole_json and place.nullable) else comparisons.is_null(place, wanted)
        )
    place = place_of(node.this, e.scope)
    if place is None or not isinstance(node.expression, exp.Boolean) or not is_a(place.type, ("bool",)):
        return None
    value = bool(node.expression.this)
    if not place.nullable:
        return {place.path: value is wanted}
    return {place.path: value if wanted else {"$ne": value}}


def _same(node: exp.Binary, e: Translator, wanted: bool) -> Filter | None:
    """IS [NOT] DISTINCT FROM a constant: in a filter null is a value, as it is here."""
    if is_constant(node.this):
        node = node.__class__(this=node.expression, expression=node.this)
    pair = pair_of(node, e.scope)
    if pair is None or pair.place.json:
        return None
    wanted = wanted is isinstance(node, exp.NullSafeEQ)
    if wanted:
        return {pair.place.path: chosen(pair.constant, lambda value: value, pair.compared(e), "value")}
    unlike = chosen(pair.constant, lambda value: {"$ne": value}, pair.compared(e), "distinct")
    return {pair.place.path: unlike}


def _contains(node: exp.Binary, e: Translator, wanted: bool) -> Filter | None:
    around = points.within(node, e, wanted)
    if around is not None:
        return around
    contained = isinstance(node, exp.ArrayContainedBy)
    left, right = node.this, node.expression
    if is_constant(left) and not is_constant(right):
        left, right, contained = right, left, not contained
    place = place_of(left, e.scope)
    if place is None or not is_constant(right):
        return None
    if place.json and contained:
        raise NotCompiled(node, "<@ of JSON isn't known")
    if place.json:
        return containment.contains(place, right, wanted)
    return _of_lists(node, left, right, e, wanted, lists.contained if contained else lists.contains)


def _overlaps(node: exp.Binary, e: Translator, wanted: bool) -> Filter | None:
    left, right = (node.expression, node.this) if is_constant(node.this) else (node.this, node.expression)
    return _of_lists(node, left, right, e, wanted, lists.overlaps)


def _of_lists(
    node: exp.Expr, left: exp.Expr, right: exp.Expr, e: Translator, wanted: bool, build: Any
) -> Filter | None:
    place = place_of(left, e.scope)
    if place is None or not is_constant(right):
        return None
    if not place.is_array:
        raise NotCompiled(node, "this operator is known of arrays, JSON and points")
    found: Filter = build(place, right, wanted)
    return found


def _keys(node: exp.Binary, e: Translator, wanted: bool) -> Filter:
    place = place_of(node.this, e.scope)
    if place is None or not place.json:
        raise NotCompiled(node, "keys are looked for in a JSON column or below it")
    return containment.has_key(place, node, wanted)


def _boolean(node: exp.Expr, e: Translator, wanted: bool) -> Filter | None:
    place = place_of(node, e.scope)
    if place is None or not is_a(place.type, ("bool",)):
        return None
    return {place.path: wanted}


_BUILDERS: dict[type[exp.Expr], _Build] = {
    exp.Not: _not,
    exp.And: _connected,
    exp.Or: _connected,
    **dict.fromkeys(COMPARISONS, _comparison),
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is,
    exp.NullSafeEQ: _same,
    exp.NullSafeNEQ: _same,
    exp.Like: texts.like,
    exp.ILike: texts.like,
    exp.Escape: texts.like,
    exp.StartsWith: texts.prefix,
    exp.MatchAgainst: texts.search,
    exp.ArrayContainsAll: _contains,
    exp.ArrayContainedBy: _contains,
    exp.ArrayOverlaps: _overlaps,
    exp.JSONBContainsTopKey: _keys,
    exp.JSONBContainsAnyTopKeys: _keys,
    exp.JSONBContainsAllTopKeys: _keys,
}
