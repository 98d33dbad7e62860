"""Comparisons of a field with a constant.

`$eq`, `$gt` and their like compare within one kind of values, so that they leave nulls out by themselves;
only `$ne` and `$nin` let nulls through and say so. A constant that is null is NaN (see comparands), except
where it is excluded: then the whole condition depends on the binding.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import NOTHING, chosen, comparand
from optimizer.engines.mongo.compile.conditions import OPERATORS
from optimizer.engines.mongo.compile.constants.given import is_fixed
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import NEVER, Filter, all_of, any_of, excluding
from optimizer.engines.mongo.compile.match.operands import Pair, Place, place_of
from optimizer.engines.mongo.compile.translator import Translator
from optimizer.engines.mongo.compile.types import DATE, JSONB, JSONS, NUMBERS, TEXTS, is_a
from optimizer.engines.mongo.program import Leaf
from optimizer.model.schema import ColumnType

NOWHERE: Filter = {"$in": []}
"""The condition of a field that no value meets."""


def compared(pair: Pair, e: Translator) -> Filter:
    """`field op constant`."""
    if pair.place.json:
        return _json(pair, e)
    type = pair.compared(e)
    if is_a(type, ("bool",)) and isinstance(pair.node, exp.EQ | exp.NEQ):
        return _boolean(pair, type)
    if is_a(type, ("enum",)) and not isinstance(pair.node, exp.EQ | exp.NEQ):
        return _labels(pair, type)
    if isinstance(pair.node, exp.NEQ):
        return {pair.place.path: _unequal(pair, type)}
    made = comparand(pair.constant, type)
    if isinstance(pair.node, exp.EQ):
        return {pair.place.path: made}
    return {pair.place.path: {OPERATORS[type_of(pair)]: made}}


def type_of(pair: Pair) -> Any:
    """The comparison's operator."""
    return type(pair.node)


def _boolean(pair: Pair, type: ColumnType | None) -> Filter:
    """`<> true` of a boolean is `= false`, which an index finds."""
    wanted = isinstance(pair.node, exp.EQ)

    def value(made: Any) -> Any:
        return NOTHING if made is None else made is wanted

    return {pair.place.path: chosen(pair.constant, value, type, "value" if wanted else "opposite")}


def _unequal(pair: Pair, type: ColumnType | None) -> Any:
    def operators(value: Any) -> Filter:
        if value is None:
            return NOWHERE
        return excluding([value, None] if pair.place.nullable else [value])

    return chosen(pair.constant, operators, type, "unequal")


def _labels(pair: Pair, type: ColumnType | None) -> Filter:
    """An enum is in the order of its labels: those before, or after, are listed."""
    labels = type.labels if type else ()
    node = pair.node

    def listed(value: Any) -> list[Any]:
        place = labels.index(value) if value in labels else None
        if place is None:
            return []
        low = labels[: place + isinstance(node, exp.LTE)]
        high = labels[place + isinstance(node, exp.GT) :]
        return list(low if isinstance(node, exp.LT | exp.LTE) else high)

    return {pair.place.path: {"$in": chosen(pair.constant, listed, type, "labels")}}


def _json(pair: Pair, e: Translator) -> Filter:
    """A JSON value: as a number, a boolean or a text, whichever it is cast to."""
    type, place = pair.place.type, pair.place
    if type is not None and type.base in TEXTS:
        if isinstance(pair.node, exp.NEQ):
            made = chosen(
                pair.constant, lambda v: texts_but(place, None if v is None else [v]), None, "other text"
            )
            return all_of([_conjunction(made), place.reached])
        return all_of([_json_text(pair, e), place.scalar])
    return all_of([_json_value(pair, type), place.scalar])


def _json_value(pair: Pair, type: ColumnType | None) -> Filter:
    if is_a(type, ("uuid",)):
        return {pair.place.path: _operator(pair, chosen(pair.constant, _canonical, None, "value"))}
    if is_a(type, (*NUMBERS, "bool")):
        return {pair.place.path: _operator(pair, comparand(pair.constant, JSONB))}
    return _scalar(pair)


def _canonical(value: Any) -> Any:
    return NOTHING if value is None else str(value).lower()


def _operator(pair: Pair, made: Any) -> Any:
    if isinstance(pair.node, exp.EQ):
        return made
    if isinstance(pair.node, exp.NEQ):
        return {"$nin": [made, None]} if is_fixed(pair.constant) else _unequal(pair, JSONB)
    return {OPERATORS[type_of(pair)]: made}


def _json_text(pair: Pair, e: Translator) -> Filter:
    """`->>` is the text of numbers and booleans too: `= '5'` means 5 or "5"."""
    if isinstance(pair.node, exp.EQ):
        return {pair.place.path: chosen(pair.constant, equal_text, None, "json text")}
    return {pair.place.path: {OPERATORS[type_of(pair)]: comparand(pair.constant, e.type(pair.constant))}}


def equal_text(value: Any) -> Any:
    """What a JSON value is where its text is this one."""
    if value is None:
        return NOTHING
    values = with_text(str(value))
    return values[0] if len(values) == 1 else {"$in": values}


def texts_but(place: Place, values: list[Any] | None) -> list[Filter]:
    """The filters of a member whose text is none of these; an array's is another one."""
    if values is None or None in values:
        return [dict(NEVER)]
    excluded = [made for value in values for made in with_text(str(value))]
    if not excluded:
        return [{}]
    return [{"$or": [{place.path: {"$nin": [*excluded, None]}}, {place.path: {"$type": "array"}}]}]


def _conjunction(made: Any) -> Filter:
    """Filters that are known, or a leaf of them."""
    return all_of(made) if isinstance(made, list) else {"$and": made}


def with_text(text: str) -> list[Any]:
    """The JSON values, scalars alone, that are printed as this text."""
    if text in ("true", "false"):
        return [text, text == "true"]
    try:
        number = float(text)
    except ValueError:
        return [text]
    whole = int(text) if text.lstrip("-").isdigit() else None
    if whole is not None:
        return [text, whole] if str(whole) == text and abs(whole) < 1 << 63 else [text]
    return [text, number] if repr(number) == text else [text]


def _scalar(pair: Pair) -> Filter:
    """jsonb against jsonb: known for a constant without keys, whose order MongoDB would compare."""
    if not is_fixed(pair.constant) or not isinstance(pair.node, exp.EQ):
        raise NotCompiled(
            pair.node, "MongoDB compares documents by the order of their keys; compare a member"
        )
    made = comparand(pair.constant, JSONB)
    if isinstance(made, dict | list) and made:
        raise NotCompiled(pair.node, "MongoDB compares documents by the order of their keys; use @>")
    return {pair.place.path: {"$type": "null"} if made is NOTHING else made}


def of_day(node: exp.Binary, e: Translator) -> Filter | None:
    """`timestamp::date = :day` as a range of the timestamp; None where the left side is no such cast."""
    source = _day_source(node.this)
    place = place_of(source, e.scope) if source is not None else None
    if place is None or not is_a(place.type, ("timestamp", "timestamptz")):
        return None
    first = comparand(node.expression, DATE)
    after = chosen(node.expression, _next_day, DATE, "day after")
    return _day_range(node, place, first, after)


def _day_range(node: exp.Binary, place: Place, first: Any, after: Any) -> Filter:
    match node:
        case exp.EQ():
            return {place.path: {"$gte": first, "$lt": after}}
        case exp.NEQ():
            return any_of([{place.path: {"$lt": first}}, {place.path: {"$gte": after}}])
        case exp.LT():
            return {place.path: {"$lt": first}}
        case exp.LTE():
            return {place.path: {"$lt": after}}
        case exp.GT():
            return {place.path: {"$gte": after}}
    return {place.path: {"$gte": first}}


def _day_source(node: exp.Expr) -> exp.Expr | None:
    node = node.unnest()
    source: exp.Expr | None = None
    if isinstance(node, exp.Cast) and node.args["to"].this is exp.DType.DATE:
        source = node.this
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "date":
        source = node.expressions[0]
    return source


def _next_day(value: Any) -> Any:
    return value + timedelta(days=1) if isinstance(value, datetime) else NOTHING


def is_null(place: Place, wanted: bool) -> Filter:
    """IS NULL, and IS NOT NULL where it isn't wanted. A `->` that leads to a JSON null isn't null."""
    if not place.nullable:
        return dict(NEVER) if wanted else {}
    if place.is_array:
        array = {"$type": "array"}
        return {place.path: {"$not": array} if wanted else array}
    if place.json and place.above:
        return _member_is_null(place, wanted)
    return {place.path: None if wanted else {"$ne": None}}


def _member_is_null(place: Place, wanted: bool) -> Filter:
    """`->` gives a JSON null as it is, `->>` makes it null; nothing is found in an array's elements."""
    given: Filter = {place.path: {"$exists": True}}
    if place.type is not None and place.type.base not in JSONS:
        given = any_of([{place.path: {"$ne": None}}, {place.path: {"$type": "array"}}])
    there = all_of([given, place.reached])
    return {"$nor": [there]} if wanted else there


def listed(place: Place, parts: list[exp.Expr], e: Translator, wanted: bool) -> Filter:
    """IN and NOT IN of constants; a null in the list is never found, and makes NOT IN never true."""
    nodes = [(exp.EQ if wanted else exp.NEQ)(this=exp.Null(), expression=part) for part in parts]
    filters = [compared(Pair(place, node.expression, node), e) for node in nodes]
    if not wanted:
        return all_of(filters)
    values = [one[place.path] for one in filters]
    if len(values) == 1:
        return filters[0]
    if place.json and any(isinstance(value, Leaf) for value in values):
        return any_of(filters)
    flat = [part for value in values for part in (value["$in"] if isinstance(value, dict) else [value])]
    found = {place.path: {"$in": [value for value in flat if value is not NOTHING]}}
    return all_of([found, place.scalar]) if place.json else found
