"""JSON containment (`@>`), flattened to what each path must equal, and keys (`?`, `?|`, `?&`)."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import chosen, is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import NEVER, Filter, all_of, any_of, no_arrays
from optimizer.engines.mongo.compile.json_paths import is_plain_key
from optimizer.engines.mongo.compile.match.operands import Place
from optimizer.engines.mongo.compile.types import JSONB, TEXT, array_of

_BUILDERS = ("jsonb_build_object", "json_build_object")


def contains(place: Place, document: exp.Expr, wanted: bool) -> Filter:
    """`field @> document`."""
    held = _built(place.path, document) if wanted else None
    if held is None:
        read = _whole if wanted else _without
        made = chosen(
            document, lambda value: read(place.path, value), JSONB, "contains" if wanted else "lacks"
        )
        held = all_of(made) if isinstance(made, list) else {"$and": made}
    return all_of([held, place.reached]) if wanted else held


def _built(path: str, node: exp.Expr) -> Filter | None:
    """The filter of a jsonb_build_object with literal keys: a path for each; None for any other document."""
    node = node.unnest()
    if isinstance(node, exp.Cast) and node.args["to"].this in (exp.DType.JSON, exp.DType.JSONB):
        node = node.this.unnest()
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in _BUILDERS or not node.expressions:
        return None
    keys, values = node.expressions[::2], node.expressions[1::2]
    if not all(isinstance(key, exp.Literal) and is_plain_key(key.name) for key in keys):
        return None
    found: list[Filter] = []
    for key, value in zip(keys, values, strict=True):
        below = f"{path}.{key.name}"
        inner = _built(below, value)
        if inner is None and not _is_scalar(value):
            return None
        if inner is None:
            found += [{below: chosen(value, _equal, None, "value")}, no_arrays([below])]
        else:
            found.append(inner)
    return all_of([*found, no_arrays([path])])


def _is_json(node: exp.Expr) -> bool:
    return isinstance(node, exp.Cast) and node.args["to"].this in (exp.DType.JSON, exp.DType.JSONB)


def _is_scalar(node: exp.Expr) -> bool:
    inner = node.unnest()
    scalar = isinstance(inner, exp.Literal | exp.Boolean | exp.Null | exp.Cast) and not _is_json(inner)
    return is_constant(inner) and scalar


def _equal(value: Any) -> Any:
    """A scalar of a containment: null is a JSON null there, not a missing value."""
    return {"$type": "null"} if value is None else _json_scalar(value)


def _json_scalar(value: Any) -> Any:
    from_decimal = getattr(value, "to_decimal", None)
    number = from_decimal() if from_decimal else None
    if number is None:
        return value
    return int(number) if number == number.to_integral_value() else float(number)


def _whole(path: str, value: Any) -> list[Filter]:
    if value is None:
        return [dict(NEVER)]
    return [{key: condition} for key, condition in _flattened(path, value)] + [
        no_arrays(_objects(path, value))
    ]


def _without(path: str, value: Any) -> list[Filter]:
    """NOT (field @> value), which a null field isn't."""
    if value is None:
        return [dict(NEVER)]
    return [{path: {"$ne": None}}, {"$nor": [{"$and": _whole(path, value)}]}]


def _flattened(path: str, value: Any) -> list[tuple[str, Any]]:
    match value:
        case dict():
            if not all(map(is_plain_key, value)):
                raise ValueError("a key with a dot or a dollar can't be searched for")
            inner = [pair for key, part in value.items() for pair in _flattened(f"{path}.{key}", part)]
            return inner or [(path, {"$type": "object"})]
        case list():
            return [
                (path, {"$type": "array", **({"$all": [_element(part) for part in value]} if value else {})})
            ]
    return [(path, _equal(value))]


def _objects(path: str, value: Any, top: bool = True) -> list[str]:
    """The paths where the document has no array, so that there must be none."""
    if isinstance(value, dict):
        return [
            path,
            *(below for key, part in value.items() for below in _objects(f"{path}.{key}", part, False)),
        ]
    return [] if isinstance(value, list) or top else [path]


def _element(value: Any) -> Any:
    """What one element of an array has to be."""
    if isinstance(value, dict):
        pairs = [pair for key, part in value.items() for pair in _flattened(key, part)]
        below = [path for key, part in value.items() for path in _objects(key, part, False)]
        return {"$elemMatch": all_of([*({key: one} for key, one in pairs), no_arrays(below)])}
    if isinstance(value, list):
        return {"$elemMatch": {"$all": [_element(part) for part in value]}}
    return value


def has_key(place: Place, node: exp.Expr, wanted: bool) -> Filter:
    """`?`, `?|`, `?&`: a key of an object, or a text in an array."""
    if not is_constant(node.expression):
        raise NotCompiled(node, "the key has to be constant")
    several = not isinstance(node, exp.JSONBContainsTopKey)
    every = isinstance(node, exp.JSONBContainsAllTopKeys)

    def branches(keys: Any) -> list[Filter]:
        if keys is None or (several and None in keys):
            return [dict(NEVER)]
        each = [_key(place.path, key) for key in (keys if several else [keys])]
        found = all_of(each) if every else any_of(each)
        return [found] if wanted else [{"$nor": [found]}, {place.path: {"$ne": None}}]

    made = chosen(node.expression, branches, array_of(TEXT) if several else TEXT, "keys")
    return all_of(made) if isinstance(made, list) else {"$and": made}


def _key(path: str, key: str) -> Filter:
    if not is_plain_key(key):
        return {path: key}
    return {"$or": [{f"{path}.{key}": {"$exists": True}, **no_arrays([path])}, {path: key}]}
