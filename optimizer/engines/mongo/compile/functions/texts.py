"""Texts. `$toLower` and `$toUpper` change ASCII letters alone, as PostgreSQL does under the C collation."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.functions import arrays
from optimizer.engines.mongo.compile.functions.casts import to_text
from optimizer.engines.mongo.compile.translator import Builder, Translator, unless_null
from optimizer.engines.mongo.compile.types import JSONS, TEXT, is_a

_LONGEST = (1 << 31) - 1


def joined(node: exp.DPipe, e: Translator) -> Any:
    """`||` of texts (null where one is), of arrays, of JSON objects."""
    type = e.type(node)
    if type is not None and type.array:
        return arrays.joined(node, e)
    if is_a(type, JSONS):
        return arrays.merged(node, e)
    parts = [part for side in node.flatten() for part in [_as_text(side, e)]]
    return {"$concat": parts}


def _as_text(node: exp.Expr, e: Translator) -> Any:
    return to_text(node, e)


def _concat(node: exp.Concat, e: Translator) -> Any:
    """concat() leaves nulls out."""
    parts = [_as_text(part, e) for part in node.expressions]
    return {
        "$concat": [
            {"$ifNull": [part, ""]} if e.nullable(source) else part
            for source, part in zip(node.expressions, parts, strict=True)
        ]
    }


def _strict(operator: str) -> Builder:
    """An operator that makes something of null, or fails on it."""

    def build(node: exp.Expr, e: Translator) -> Any:
        source = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
        value = e.value(source, TEXT)
        return unless_null(value, e.nullable(source), {operator: value})

    return build


def _trim(node: exp.Trim, e: Translator) -> Any:
    side = {"LEADING": "$ltrim", "TRAILING": "$rtrim"}.get(str(node.args.get("position") or ""), "$trim")
    return {side: {"input": e.value(node.this, TEXT), "chars": _chars(node.args.get("expression"), e)}}


def _trimmed(operator: str) -> Builder:
    def build(node: exp.Anonymous, e: Translator) -> Any:
        source, *chars = node.expressions
        return {operator: {"input": e.value(source, TEXT), "chars": _chars(chars[0] if chars else None, e)}}

    return build


def _chars(node: exp.Expr | None, e: Translator) -> Any:
    return " " if node is None else e.value(node, TEXT)


def _substring(node: Any, e: Translator) -> Any:
    if isinstance(node, exp.Anonymous):
        source, start, *rest = node.expressions
        length = rest[0] if rest else None
    else:
        source, start, length = node.this, node.args.get("start"), node.args.get("length")
    first = _count(node, start)
    count = _LONGEST if length is None else _count(node, length)
    skipped = max(1 - first, 0)
    return _piece(source, max(first - 1, 0), max(count - skipped, 0), e)


def _piece(source: exp.Expr, start: int, length: int, e: Translator) -> Any:
    value = e.value(source, TEXT)
    return unless_null(value, e.nullable(source), {"$substrCP": [value, start, length]})


def _left(node: exp.Left, e: Translator) -> Any:
    return _piece(node.this, 0, _count(node, node.expression), e)


def _right(node: exp.Right, e: Translator) -> Any:
    value, count = e.value(node.this, TEXT), _count(node, node.expression)
    start = {"$max": [0, {"$subtract": [{"$strLenCP": value}, count]}]}
    return unless_null(value, e.nullable(node.this), {"$substrCP": [value, start, count]})


def _count(node: exp.Expr, count: exp.Expr | None) -> int:
    if not isinstance(count, exp.Literal) or not count.name.isdigit():
        raise NotCompiled(node, "its numbers have to be literals, not below 0")
    return int(count.name)


def _position(node: Any, e: Translator) -> Any:
    parts = node.expressions if isinstance(node, exp.Anonymous) else [node.this, node.args["substr"]]
    return {"$add": [{"$indexOfCP": [e.value(part, TEXT) for part in parts]}, 1]}


def _replaced(node: exp.Anonymous, e: Translator) -> Any:
    names = ("input", "find", "replacement")
    return {
        "$replaceAll": {name: e.value(part, TEXT) for name, part in zip(names, node.expressions, strict=True)}
    }


NODES: dict[type[exp.Expr], Builder] = {
    exp.DPipe: joined,
    exp.Concat: _concat,
    exp.Lower: _strict("$toLower"),
    exp.Upper: _strict("$toUpper"),
    exp.Length: _strict("$strLenCP"),
    exp.Trim: _trim,
    exp.Substring: _substring,
    exp.Left: _left,
    exp.Right: _right,
    exp.StrPosition: _position,
}

CALLS: dict[str, Builder] = {
    "char_length": _strict("$strLenCP"),
    "character_length": _strict("$strLenCP"),
    "octet_length": _strict("$strLenBytes"),
    "btrim": _trimmed("$trim"),
    "ltrim": _trimmed("$ltrim"),
    "rtrim": _trimmed("$rtrim"),
    "substr": _substring,
    "strpos": _position,
    "replace": _replaced,
}
