"""Arrays, and points, which are arrays of two coordinates within GeoJSON."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.translator import Builder, Translator, is_given, unless_null
from optimizer.engines.mongo.compile.types import element_of, is_a


def joined(node: exp.DPipe, e: Translator) -> Any:
    """`||` of arrays, or of an array and an element; a null array counts as an empty one."""
    type = e.type(node)
    sides = [(side, e.type(side)) for side in node.flatten()]
    parts: list[Any] = []
    for side, own in sides:
        if own is None or own.array:
            parts.append({"$ifNull": [e.value(side, type), []]} if e.nullable(side) else e.value(side, type))
        else:
            parts.append([e.value(side, own)])
    return {"$concatArrays": parts}


def merged(node: exp.DPipe, e: Translator) -> Any:
    """`||` of JSON objects: null where one is null."""
    type = e.type(node)
    sides = list(node.flatten())
    values = [e.value(side, type) for side in sides]
    made: Any = {"$mergeObjects": values}
    guards = [is_given(v) for side, v in zip(sides, values, strict=True) if e.nullable(side)]
    if not guards:
        return made
    return {"$cond": [guards[0] if len(guards) == 1 else {"$and": guards}, made, None]}


def _array(node: exp.Array, e: Translator) -> Any:
    type = e.type(node)
    return [e.value(part, element_of(type) if type else None) for part in node.expressions]


def _item(node: exp.Bracket, e: Translator) -> Any:
    """The n-th element, the parser counting from 0; a point's coordinates count from 0 in SQL, so from -1."""
    place = node.expressions[0]
    number = -1 if isinstance(place, exp.Neg) and place.this.name == "1" else None
    if isinstance(place, exp.Literal) and place.name.isdigit():
        number = int(place.name)
    type = e.type(node.this)
    if number is None or type is None:
        raise NotCompiled(node, "the place has to be a literal")
    if is_a(type, ("point",)):
        return {"$arrayElemAt": [coordinates(e.value(node.this)), number + 1]}
    if not type.array or number < 0:
        raise NotCompiled(node, "only an array's elements are known, from 1")
    return {"$arrayElemAt": [e.value(node.this), number]}


def coordinates(point: Any) -> Any:
    """The array of a point's coordinates."""
    if isinstance(point, str):
        return f"{point}.coordinates"
    return {"$getField": {"field": "coordinates", "input": point}}


def _distance(node: exp.Distance, e: Translator) -> Any:
    """`<->`: the distance on the plane."""
    left, right = (coordinates(e.value(side)) for side in (node.this, node.expression))
    squares = [
        {"$pow": [{"$subtract": [{"$arrayElemAt": [left, n]}, {"$arrayElemAt": [right, n]}]}, 2]}
        for n in (0, 1)
    ]
    return {"$sqrt": {"$add": squares}}


def _point(node: exp.Anonymous, e: Translator) -> Any:
    return {"type": "Point", "coordinates": [{"$toDouble": e.value(part)} for part in node.expressions]}


def _length(node: exp.Anonymous, e: Translator) -> Any:
    """array_length: null for an empty array."""
    value = e.value(node.expressions[0])
    return {"$cond": [{"$gt": [value, []]}, {"$size": value}, None]}


def _cardinality(node: exp.Anonymous, e: Translator) -> Any:
    value = e.value(node.expressions[0])
    return unless_null(value, e.nullable(node.expressions[0]), {"$size": value})


def _appended(node: exp.Anonymous, e: Translator) -> Any:
    array, item = node.expressions
    type = e.type(array)
    whole = {"$ifNull": [e.value(array), []]} if e.nullable(array) else e.value(array)
    return {"$concatArrays": [whole, [e.value(item, element_of(type) if type else None)]]}


def _removed(node: exp.Anonymous, e: Translator) -> Any:
    array, item = node.expressions
    type = e.type(array)
    wanted = e.value(item, element_of(type) if type else None)
    return {"$filter": {"input": e.value(array), "cond": {"$ne": ["$$this", wanted]}}}


NODES: dict[type[exp.Expr], Builder] = {
    exp.Array: _array,
    exp.Bracket: _item,
    exp.Distance: _distance,
}

CALLS: dict[str, Builder] = {
    "array_length": _length,
    "cardinality": _cardinality,
    "array_append": _appended,
    "array_remove": _removed,
    "point": _point,
}
