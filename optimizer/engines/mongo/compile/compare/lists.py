"""IN, = ANY, containment and overlap of arrays."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import comparand, is_constant
from optimizer.engines.mongo.compile.compare.logic import all_of, any_of
from optimizer.engines.mongo.compile.conditions import disjunction, is_row, members
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Translator, is_given
from optimizer.engines.mongo.compile.types import array_of, common, element_of


def within(node: exp.In, e: Translator, wanted: bool) -> Any:
    """`IN` a list; rows, and items that differ by document, as equalities."""
    parts = members(node)
    if is_row(node.this) or not all(is_constant(part) for part in parts):
        equalities = [exp.EQ(this=node.this, expression=part) for part in parts]
        return e.is_true(disjunction(equalities), wanted)
    type_ = common([e.type(node.this), *(e.type(part) for part in parts)])
    value = e.value(node.this, type_)
    if wanted:
        return {"$in": [value, [comparand(part, type_) for part in parts]]}
    known = [is_given(e.value(part, type_)) for part in parts if e.nullable(part)]
    given = [is_given(value)] if e.nullable(node.this) else []
    return all_of([*given, *known, {"$not": [{"$in": [value, [e.value(part, type_) for part in parts]]}]}])


def listed(node: exp.Expr, e: Translator, item: exp.Expr, array: exp.Expr, wanted: bool) -> Any:
    """`= ANY`, or where not wanted `<> ALL`."""
    array_type = e.type(array)
    type_ = common((e.type(item), element_of(array_type) if array_type else None))
    value = e.value(item, type_)
    items = e.value(array, None if type_ is None else array_of(type_))
    whole = _or_empty(items, e.nullable(array))
    if wanted:
        inside = {"$in": [value, whole]}
        return all_of([*([is_given(value)] if e.nullable(item) else []), inside])
    excluded = [{"$not": [{"$in": [part, whole]}]} for part in (value, None)]
    given = [is_given(items)] if e.nullable(array) else []
    known = is_given(value) if e.nullable(item) else True
    outside = all_of([known, *excluded])
    return all_of([*given, any_of([{"$eq": [whole, []]}, outside])])


def _or_empty(array: Any, nullable: bool) -> Any:
    """Operators on arrays fail on null, even where a guard before them says no."""
    return {"$ifNull": [array, []]} if nullable else array


def contains(node: exp.Expr, e: Translator, wanted: bool) -> Any:
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


def overlaps(node: exp.Expr, e: Translator, wanted: bool) -> Any:
    """`&&` of arrays: they share an element that isn't null."""
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
