"""Casts of a binding's values."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlglot import exp

from optimizer.engines.mongo.compile.constants.arithmetic import EXACT, moment
from optimizer.engines.mongo.compile.constants.functions import text
from optimizer.engines.mongo.compile.types import INTEGERS, element_of, named
from optimizer.model.schema import ColumnType
from optimizer.queries.intervals import Interval, parse


def cast(value: Any, to: exp.DataType) -> Any:
    """The value as the type that a cast names; a type that isn't known leaves it as it is."""
    type = named(to)
    return value if value is None or type is None else convert(value, type)


def convert(value: Any, type: ColumnType) -> Any:
    """The value as a type."""
    if type.array:
        return [None if item is None else convert(item, element_of(type)) for item in _items(value)]
    if type.base in INTEGERS:
        return _integer(value)
    if type.base == "numeric":
        number = Decimal(str(value))
        return (
            number
            if type.scale is None
            else number.quantize(Decimal(1).scaleb(-type.scale), ROUND_HALF_UP, EXACT)
        )
    if type.base in ("text", "varchar", "bpchar"):
        return text(value)[: type.length]
    rule = _RULES.get(type.base)
    return value if rule is None else rule(value)


def json_value(value: Any) -> Any:
    """A value inside a JSON document."""
    match value:
        case datetime():
            return value.isoformat()
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
    return value


def _items(value: Any) -> list[Any]:
    """A list, or the text of an array: `{a,"b c",NULL}`."""
    if not isinstance(value, str):
        return list(value)
    return array_items(value)


def array_items(literal: str) -> list[Any]:
    """The elements of an array's text, as texts; None for NULL."""
    found: list[Any] = []
    item, quoted, in_quotes, escaped = "", False, False, False
    body = literal.strip()[1:-1]
    for char in body:
        if escaped:
            item, escaped = item + char, False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted, in_quotes = True, not in_quotes
        elif char == "," and not in_quotes:
            found.append(_item(item, quoted))
            item, quoted = "", False
        else:
            item += char
    return [*found, _item(item, quoted)] if body.strip() else found


def _item(item: str, quoted: bool) -> str | None:
    if quoted:
        return item
    return None if item.strip().upper() == "NULL" else item.strip()


def _integer(value: Any) -> int:
    if isinstance(value, float):
        return int(Decimal(value).to_integral_value(ROUND_HALF_EVEN))
    if isinstance(value, bool):
        return int(value)
    return int(Decimal(value).to_integral_value(ROUND_HALF_UP))


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("t", "true", "y", "yes", "on", "1")
    return bool(value)


def _interval(value: Any) -> Interval:
    if isinstance(value, timedelta):
        return Interval(ms=Decimal(round(value / timedelta(milliseconds=1))))
    return value if isinstance(value, Interval) else parse(value)


_RULES: dict[str, Callable[[Any], Any]] = {
    "float4": float,
    "float8": float,
    "bool": _boolean,
    "uuid": lambda value: value if isinstance(value, UUID) else UUID(value),
    "date": lambda value: moment(value).date(),
    "timestamp": moment,
    "timestamptz": moment,
    "time": lambda value: time.fromisoformat(value) if isinstance(value, str) else value,
    "interval": _interval,
    "json": lambda value: json.loads(value) if isinstance(value, str) else value,
    "jsonb": lambda value: json.loads(value) if isinstance(value, str) else value,
}
