"""A generator from its mapping in the workload file (`data`, or a parameter's `generator`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from generators import nested_kinds, number_kinds, value_kinds
from generators import readings as read
from generators.array import Array
from generators.entry import KINDS, Entry
from generators.errors import SpecError
from generators.faker_pool import near
from generators.generator import Generator
from generators.names import infer, null_share
from generators.nullable import Nullable
from generators.shape import MOMENTS, NUMBERS, RANGES, ColumnShape, Fitted

_READERS: dict[str, Callable[[Entry], Generator]] = {
    "faker": value_kinds.faker,
    "choices": value_kinds.choices,
    "between": number_kinds.between,
    "lognormal": number_kinds.lognormal,
    "normal": number_kinds.normal,
    "uniform": number_kinds.uniform,
    "zipf": number_kinds.zipf,
    "json": nested_kinds.json,
    "point": nested_kinds.point,
    "array": nested_kinds.array,
    "range": nested_kinds.range,
    "text": value_kinds.text,
    "sequence": value_kinds.sequence,
    "template": value_kinds.template,
    "boolean": value_kinds.boolean,
    "constant": value_kinds.constant,
    "value": value_kinds.constant,
    "generator": value_kinds.generator,
}

_NUMERIC = {"lognormal", "normal", "uniform", "zipf"}
_WHOLE_ARRAYS = {"array", "generator", "constant", "value"}


def from_spec(mapping: Mapping[str, Any], column: ColumnShape, locale: str = "en_US") -> Generator:
    """The generator that the mapping describes, its values in the column's type.

    Options without a kind (`nulls`, `locale`) change the inferred generator. SpecError with the path of keys
    inside the mapping where it can't be had.
    """
    shape, locale = column, _locale(mapping, locale)
    kind = _kind(mapping)
    if kind is None:
        inner = infer(replace(shape, not_null=True), locale)
    elif shape.array and not _is_whole_array(kind, mapping):
        element = replace(shape, array=False, unique=False, not_null=True)
        inner = Array(_value(mapping, kind, element, locale))
    else:
        inner = _value(mapping, kind, shape, locale)
    nulls = _nulls(mapping, shape) if kind or "nulls" in mapping else null_share(shape)
    return Nullable(inner, nulls) if nulls else inner


def _value(mapping: Mapping[str, Any], kind: str, shape: ColumnShape, locale: str) -> Generator:
    _check_type(kind, shape)
    if shape.base == "numeric" and shape.scale is None and "round" in mapping:
        shape = replace(shape, scale=read.whole(mapping["round"], 0, "round"))
    entry = Entry(mapping[kind], mapping, shape, locale, lambda given, inner: _nested(given, inner, locale))
    return Fitted(_READERS[kind](entry), shape)


def _nested(given: Any, shape: ColumnShape, locale: str) -> Generator:
    if not isinstance(given, Mapping):
        raise SpecError(f"{given!r} is not a generator", (), "write a mapping such as {faker: word}")
    return from_spec(given, shape, locale)


def _kind(mapping: Mapping[str, Any]) -> str | None:
    """The mapping's kind, None where it has options only; all keys checked."""
    kinds = [key for key in mapping if key in KINDS]
    if len(kinds) > 1:
        raise SpecError(f"{kinds[0]!r} and {kinds[1]!r} exclude each other", (kinds[1],))
    allowed = {"nulls", *(KINDS[kinds[0]] if kinds else {"locale"})}
    for key in mapping:
        if key in kinds or key in allowed:
            continue
        what = f"{kinds[0]!r} has no option {key!r}" if kinds else f"unknown generator {key!r}"
        hint = (
            near(str(key), allowed if kinds else KINDS)
            or f"known here: {', '.join(sorted(allowed if kinds else KINDS))}"
        )
        raise SpecError(what, (str(key),), hint)
    return kinds[0] if kinds else None


def _locale(mapping: Mapping[str, Any], locale: str) -> str:
    return read.text(mapping["locale"], "locale") if "locale" in mapping else locale


def _nulls(mapping: Mapping[str, Any], shape: ColumnShape) -> float:
    share = read.number(mapping.get("nulls", 0.0), "nulls")
    if not 0 <= share <= 1:
        raise SpecError(f"{share:g} is no share", ("nulls",), "write a number from 0 to 1")
    if share and shape.not_null:
        raise SpecError("the column is NOT NULL", ("nulls",), "leave `nulls` out")
    return share


def _is_whole_array(kind: str, mapping: Mapping[str, Any]) -> bool:
    """True where the kind gives arrays, not the elements of one."""
    if kind == "choices":
        return isinstance(mapping[kind], list) and all(isinstance(value, list) for value in mapping[kind])
    return kind in _WHOLE_ARRAYS


def _check_type(kind: str, shape: ColumnShape) -> None:
    """SpecError where values of this kind are none of the column's type."""
    base = shape.base
    if kind == "array" and not shape.array and base != "any":
        raise SpecError(f"`array` gives no values of type {base}", (kind,))
    if base in _TAKES_ALL or kind in ("choices", "constant", "value", "generator", "faker"):
        return
    if not _goes(kind, shape):
        raise SpecError(f"`{kind}` gives no values of type {base}{'[]' if shape.array else ''}", (kind,))


_TAKES_ALL = {"any", "text", "varchar", "bpchar", "citext"}


def _goes(kind: str, shape: ColumnShape) -> bool:
    base = shape.base
    if kind in _NUMERIC or kind == "sequence":
        return base in NUMBERS or base == "money"
    if kind == "between":
        return base in NUMBERS or base in MOMENTS or base in ("date", "time", "timetz", "interval", "money")
    if kind == "range":
        return base in RANGES
    if kind == "array":
        return shape.array
    fitting = {
        "json": ("json", "jsonb"),
        "point": ("point",),
        "boolean": ("bool",),
        "text": ("tsvector", "json", "jsonb"),
        "template": ("bytea", "inet", "cidr", "ltree", "uuid", "macaddr", "int4", "int8", "numeric"),
    }
    return base in fitting.get(kind, ())
