"""Parameter values in PostgreSQL's text form, as the protocol sends them. Pure."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

JSON_OIDS = frozenset({114, 3802})  # json, jsonb: fixed in pg_type.dat


def text(value: Any, type_oid: int = 0) -> bytes | None:
    """The value as the server's input function of its type reads it; None is NULL."""
    if value is None:
        return None
    if type_oid in JSON_OIDS:
        return (value if isinstance(value, str) else json.dumps(value, default=_scalar)).encode()
    if isinstance(value, list | tuple):
        return _array(value).encode()
    return _scalar(value).encode()


def _scalar(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"
        case Decimal():
            return format(value, "f")
        case bytes():
            return f"\\x{value.hex()}"
        case dict():
            return json.dumps(value, default=_scalar)
        case str() | int() | float() | UUID():
            return str(value)
    raise TypeError(f"no text form for a parameter of type {type(value).__name__}")


def _array(items: list[Any] | tuple[Any, ...]) -> str:
    return "{" + ",".join(_element(item) for item in items) + "}"


def _element(item: Any) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, list | tuple):
        return _array(item)
    escaped = _scalar(item).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
