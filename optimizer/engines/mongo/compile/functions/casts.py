"""Casts. `->>` beside a cast reads the JSON value itself, not its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.functions import documents, moments, numbers
from optimizer.engines.mongo.compile.translator import Builder, Translator, unless_null
from optimizer.engines.mongo.compile.types import (
    FLOATS,
    INTEGERS,
    JSONS,
    MOMENTS,
    TEXT,
    TEXTS,
    is_a,
    named,
)
from optimizer.model.schema import ColumnType


def cast(node: exp.Cast, e: Translator) -> Any:
    """A value as another type."""
    to = named(node.args["to"])
    if to is None:
        return e.value(node.this, TEXT)
    if to.array:
        return _same(node, e, to)
    for bases, rule in _RULES:
        if to.base in bases:
            return rule(node, to, e)
    return _same(node, e, to)


def _same(node: exp.Cast, e: Translator, to: ColumnType) -> Any:
    own = e.type(node.this)
    if own is not None and (own.base, own.array) == (to.base, to.array):
        return e.value(node.this, to)
    raise NotCompiled(node, f"a cast to {to.sql} isn't known here")


def read(node: exp.Expr, e: Translator) -> tuple[Any, ColumnType | None]:
    """A value to be cast, and its type: None for a value of JSON, which has its own."""
    inner = node.unnest()
    if documents.is_text(inner):
        return documents.member(inner, e), None
    type = e.type(node)
    return e.value(node), None if is_a(type, JSONS) else type


def _integer(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value, own = read(node.this, e)
    operator = "$toLong" if to.base == "int8" else "$toInt"
    if is_a(own, ("numeric",)):
        return {operator: numbers.half_away(value, 0)}
    if is_a(own, FLOATS):
        return {operator: {"$round": value}}
    return value if is_a(own, INTEGERS) and to.base != "int8" else {operator: value}


def _numeric(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value, own = read(node.this, e)
    made = value if is_a(own, ("numeric",)) and own and own.scale else {"$toDecimal": value}
    if to.scale is None or (own is not None and own.scale is not None and own.scale <= to.scale):
        return made
    return numbers.half_away(made, to.scale)


def _real(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    return {"$toDouble": read(node.this, e)[0]}


def _boolean(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value, own = read(node.this, e)
    if is_a(own, INTEGERS):
        return {"$toBool": value}
    if own is None or own.base == "bool":
        return value
    raise NotCompiled(node, "a boolean is made of numbers and of JSON's booleans")


def _text(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value = to_text(node.this, e)
    if to.length is None:
        return value
    return unless_null(value, e.nullable(node.this), {"$substrCP": [value, 0, to.length]})


def _moment(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value, own = read(node.this, e)
    if is_a(own, MOMENTS):
        return moments.day_of(value, own) if to.base == "date" else value
    if own is not None and own.base not in TEXTS:
        raise NotCompiled(node, f"a cast from {own.sql} to {to.sql} isn't known")
    made = {"$toDate": value}
    return moments.truncated(made, "day") if to.base == "date" else made


def _time(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    value, own = read(node.this, e)
    if is_a(own, ("time",)):
        return value
    if not is_a(own, ("timestamp", "timestamptz")):
        raise NotCompiled(node, "a time of day is taken of timestamps only")
    return {"$dateToString": {"date": value, "format": "%H:%M:%S.%L"}}


def _document(node: exp.Cast, to: ColumnType, e: Translator) -> Any:
    own = e.type(node.this)
    if is_a(own, JSONS):
        return e.value(node.this)
    raise NotCompiled(node, "JSON is made of texts by the client only")


def to_text(node: exp.Expr, e: Translator) -> Any:
    """A value as PostgreSQL prints it."""
    type = e.type(node)
    value = e.value(node, TEXT)
    if type is None or is_a(type, (*TEXTS, "enum")):
        return value
    if is_a(type, (*INTEGERS, "bool")) or numbers.is_decimal(node, e):
        return {"$toString": value}
    if is_a(type, ("date",)):
        return {"$dateToString": {"date": value, "format": "%Y-%m-%d"}}
    raise NotCompiled(node, f"a {type.sql} can't be printed as PostgreSQL does")


_Rule = Callable[[exp.Cast, ColumnType, Translator], Any]

_RULES: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (INTEGERS, _integer),
    (("numeric",), _numeric),
    (FLOATS, _real),
    (("bool",), _boolean),
    (TEXTS, _text),
    (MOMENTS, _moment),
    (("time",), _time),
    (JSONS, _document),
)

NODES: dict[type[exp.Expr], Builder] = {exp.Cast: cast}
