"""JSON: paths into documents and functions on them.

`$getField` looks for a key in a document only; a dotted path would look into an array's elements too, where
PostgreSQL finds nothing. `->>` prints a number as it is stored: 45.10 as 45.1.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import chosen
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.json_paths import ARROWS, HASHES, TEXTS, Step, is_plain_key, json_path
from optimizer.engines.mongo.compile.translator import Builder, Translator, unless_null
from optimizer.engines.mongo.compile.types import JSONB, TEXT


def is_text(node: exp.Expr) -> bool:
    """True for `->>` and `#>>`."""
    return isinstance(node, TEXTS)


def member(node: exp.Expr, e: Translator) -> Any:
    """The JSON value that a path leads to, missing where there is none."""
    path = json_path(node)
    if path is None:
        raise NotCompiled(node, "no path into JSON")
    value = e.value(path.source)
    for step in path.steps:
        value = _below(node, value, step, e)
    return value


def _below(node: exp.Expr, value: Any, step: Step, e: Translator) -> Any:
    if isinstance(step, int):
        return {"$cond": [{"$isArray": [value]}, {"$arrayElemAt": [value, step]}, "$$REMOVE"]}
    if isinstance(step, str):
        return {"$getField": {"field": {"$literal": step}, "input": value}}
    key = chosen(step, lambda made: "" if made is None else made, TEXT, "key")
    return {"$getField": {"field": {"$literal": key}, "input": value}}


def _extracted(node: exp.Expr, e: Translator) -> Any:
    value = member(node, e)
    return text_of(value) if is_text(node) else value


def text_of(value: Any) -> dict[str, Any]:
    """A JSON value's text. `$toString` keeps six digits of a double, `$toDecimal` fifteen."""
    digits = {"$rtrim": {"input": {"$toString": {"$toDecimal": value}}, "chars": "0"}}
    return {
        "$cond": [
            {"$eq": [{"$type": value}, "double"]},
            {"$rtrim": {"input": digits, "chars": "."}},
            {"$toString": value},
        ]
    }


def _length(node: exp.Anonymous, e: Translator) -> Any:
    value = e.value(node.expressions[0])
    return unless_null(value, e.nullable(node.expressions[0]), {"$size": value})


def _kind(node: exp.Anonymous, e: Translator) -> Any:
    value = e.value(node.expressions[0])
    kind = {"$type": value}
    branches = [
        {"case": {"$eq": [kind, "bool"]}, "then": "boolean"},
        {"case": {"$isNumber": value}, "then": "number"},
        {"case": {"$eq": [kind, "missing"]}, "then": None},
    ]
    return {"$switch": {"branches": branches, "default": kind}}


def _object(node: exp.Anonymous, e: Translator) -> Any:
    keys, values = node.expressions[::2], node.expressions[1::2]
    if not all(isinstance(key, exp.Literal) and is_plain_key(key.name) for key in keys):
        raise NotCompiled(node, "its keys have to be literals without dots")
    made = {key.name: e.value(value) for key, value in zip(keys, values, strict=True)}
    return {
        key: {"$ifNull": [value, None]} if isinstance(value, str) else value for key, value in made.items()
    }


def _list(node: exp.Anonymous, e: Translator) -> Any:
    return [e.value(part) for part in node.expressions]


def _itself(node: exp.Anonymous, e: Translator) -> Any:
    return e.value(node.expressions[0])


def _set(node: exp.Anonymous, e: Translator) -> Any:
    """jsonb_set: the last key is made where it isn't there, keys before it aren't."""
    document, path, value = node.expressions[:3]
    if not isinstance(path, exp.Literal | exp.Array):
        raise NotCompiled(node, "its path has to be a literal")
    inner = exp.JSONBExtract(this=document.copy(), expression=_path_literal(path))
    steps = json_path(inner)
    if steps is None or len(node.expressions) > 3 or not all(isinstance(step, str) for step in steps.steps):
        raise NotCompiled(node, "its path has to be of keys, and its last key is made where it isn't there")
    return _with(e.value(document), [str(step) for step in steps.steps], e.value(value, JSONB))


def _path_literal(path: exp.Expr) -> exp.Expr:
    if isinstance(path, exp.Literal):
        return path.copy()
    return exp.Literal.string("{" + ",".join(part.name for part in path.expressions) + "}")


def _with(document: Any, keys: list[str], value: Any) -> Any:
    first, *rest = keys
    field = {"$getField": {"field": {"$literal": first}, "input": document}}
    changed = {
        "field": {"$literal": first},
        "input": document,
        "value": _with(field, rest, value) if rest else value,
    }
    if not rest:
        return {"$setField": changed}
    return {"$cond": [{"$eq": [{"$type": field}, "object"]}, {"$setField": changed}, document]}


NODES: dict[type[exp.Expr], Builder] = dict.fromkeys((*ARROWS, *HASHES), _extracted)

CALLS: dict[str, Builder] = {
    "jsonb_array_length": _length,
    "json_array_length": _length,
    "jsonb_typeof": _kind,
    "json_typeof": _kind,
    "jsonb_build_object": _object,
    "json_build_object": _object,
    "jsonb_build_array": _list,
    "json_build_array": _list,
    "to_jsonb": _itself,
    "to_json": _itself,
    "jsonb_set": _set,
}
