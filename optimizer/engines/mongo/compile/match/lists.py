"""Arrays: `= ANY(:list)`, `<> ALL(:list)`, `:x = ANY(column)`, `@>`, `<@`, `&&`."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import chosen, comparand, is_constant
from optimizer.engines.mongo.compile.filters import Filter, all_of
from optimizer.engines.mongo.compile.match.comparisons import NOWHERE, texts_but, with_text
from optimizer.engines.mongo.compile.match.operands import Place, place_of
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import JSONB, TEXTS, array_of, common, element_of, is_a
from optimizer.model.schema import ColumnType


def quantified(item: exp.Expr, array: exp.Expr, e: Translator, wanted: bool) -> Filter | None:
    """`item = ANY(array)`, or where not wanted `item <> ALL(array)`; None where neither side is constant."""
    if is_constant(array):
        place = place_of(item, e.scope)
        return None if place is None or place.is_array else _in_list(place, array, e, wanted)
    if is_constant(item):
        place = place_of(array, e.scope)
        return None if place is None or not place.is_array else _has(place, item, wanted)
    return None


def _in_list(place: Place, array: exp.Expr, e: Translator, wanted: bool) -> Filter:
    type = _list_type(place, array, e)
    if wanted:
        found = {place.path: {"$in": chosen(array, lambda items: _found(place, items), type, "list")}}
        return all_of([found, place.scalar]) if place.json else found
    if place.json and is_a(place.type, TEXTS):
        made = chosen(array, lambda items: _texts_but(place, items), type, "other text")
        return all_of(made) if isinstance(made, list) else {"$and": made}
    missed = {place.path: chosen(array, lambda items: _not_found(place, items), type, "none of")}
    return all_of([missed, place.reached]) if place.json else missed


def _texts_but(place: Place, items: Any) -> list[Filter]:
    """Nothing is in an empty list, so that not even the path has to lead anywhere."""
    return [{}] if items == [] else [*texts_but(place, items), place.reached]


def _list_type(place: Place, array: exp.Expr, e: Translator) -> ColumnType | None:
    if place.json:
        return None if is_a(place.type, TEXTS) else array_of(JSONB)
    own = e.type(array)
    type = common((place.type, element_of(own) if own is not None and own.array else None))
    return None if type is None else array_of(type)


def _found(place: Place, items: Any) -> list[Any]:
    known = [item for item in items or () if item is not None]
    if place.json and is_a(place.type, TEXTS):
        return [value for item in known for value in with_text(str(item))]
    return known


def _not_found(place: Place, items: Any) -> Filter:
    """Nothing is in an empty list, a null neither; with a null in the list no answer is TRUE."""
    if items is None or any(item is None for item in items):
        return dict(NOWHERE)
    excluded = _found(place, items)
    return {"$nin": [*excluded, None] if place.nullable and excluded else excluded}


def _has(place: Place, item: exp.Expr, wanted: bool) -> Filter:
    type = element_of(place.type) if place.type else None
    if wanted:
        return {place.path: comparand(item, type)}

    def operators(value: Any) -> Filter:
        return {"$eq": []} if value is None else {"$nin": [value, None]}

    return {place.path: chosen(item, operators, type, "not among")}


def contains(place: Place, items: exp.Expr, wanted: bool) -> Filter:
    """`column @> :list`: every element is there; null never is, an empty list always."""

    def operators(values: Any) -> Filter:
        if values is None:
            return dict(NOWHERE)
        if not values:
            return {"$type": "array"} if wanted else dict(NOWHERE)
        if None in values:
            return dict(NOWHERE) if wanted else {"$type": "array"}
        return {"$all": values} if wanted else {"$type": "array", "$not": {"$all": values}}

    return {place.path: chosen(items, operators, place.type, "contains" if wanted else "contains not")}


def contained(place: Place, items: exp.Expr, wanted: bool) -> Filter:
    """`column <@ :list`: no element that isn't in the list."""

    def operators(values: Any) -> Filter:
        if values is None:
            return dict(NOWHERE)
        other = {"$elemMatch": {"$nin": [value for value in values if value is not None]}}
        return {"$type": "array", "$not": other} if wanted else other

    return {place.path: chosen(items, operators, place.type, "contained" if wanted else "not contained")}


def overlaps(place: Place, items: exp.Expr, wanted: bool) -> Filter:
    """`column && :list`: one element at least."""

    def operators(values: Any) -> Filter:
        if values is None:
            return dict(NOWHERE)
        known = [value for value in values if value is not None]
        return {"$in": known} if wanted else {"$type": "array", "$nin": known}

    return {place.path: chosen(items, operators, place.type, "overlaps" if wanted else "overlaps not")}
