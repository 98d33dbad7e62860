"""BSON to the Python values in which answers are compared. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from bson.binary import Binary
from bson.decimal128 import Decimal128
from bson.int64 import Int64

from optimizer.model.schema import ColumnType

_MILLISECOND = timedelta(milliseconds=1)


def from_bson(value: Any, type: ColumnType | None) -> Any:
    """A value of an answer as PostgreSQL's driver gives it; None for null, timestamps UTC without a zone.

    An integer type makes an int of a whole number of any kind. A None type goes by the value's own type.
    """
    if value is None:
        return None
    if type is None:
        return _plain(value)
    if type.array and isinstance(value, list):
        inner = replace(type, array=False)
        return [from_bson(item, inner) for item in value]
    read = _READERS.get(type.base)
    if read is not None:
        return read(value)
    return (
        value.ljust(type.length or 0) if type.base == "bpchar" and isinstance(value, str) else _plain(value)
    )


def _plain(value: Any) -> Any:
    match value:
        case Decimal128():
            return value.to_decimal()
        case Int64():
            return int(value)
        case Binary(subtype=4):
            return value.as_uuid()
        case {"type": "Point", "coordinates": [x, y], **rest} if not rest:
            return _point_text(x, y)
        case datetime():
            return _utc(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
    return value


def _document(value: Any) -> Any:
    """A JSON value, of which a GeoJSON point is one too."""
    match value:
        case Decimal128():
            return value.to_decimal()
        case Int64():
            return int(value)
        case datetime():
            return _utc(value).isoformat()
        case list():
            return [_document(item) for item in value]
        case dict():
            return {key: _document(item) for key, item in value.items()}
    return value


def _whole(value: Any) -> Any:
    """A number as int where it is whole; anything else, a fraction too, as it is: that is a difference."""
    number = value.to_decimal() if isinstance(value, Decimal128) else value
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal):
        return _plain(value)
    whole = number == number.to_integral_value() if isinstance(number, Decimal) else number % 1 == 0
    return int(number) if whole else number


def _number(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return value.to_decimal()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _plain(value)
    return Decimal(str(value))


def _real(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return float(value.to_decimal())
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def _clock(value: Any) -> Any:
    return time.fromisoformat(value) if isinstance(value, str) else value


def _span(value: Any) -> Any:
    whole = _whole(value)
    return whole * _MILLISECOND if isinstance(whole, int | float) else whole


def _position(value: Any) -> Any:
    match value:
        case {"coordinates": [x, y]}:
            return _point_text(x, y)
    return value


def _point_text(x: float, y: float) -> str:
    return f"({_short(x)},{_short(y)})"


def _short(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def _utc(value: datetime) -> datetime:
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


_READERS: dict[str, Callable[[Any], Any]] = {
    "int2": _whole,
    "int4": _whole,
    "int8": _whole,
    "numeric": _number,
    "float4": _real,
    "float8": _real,
    "date": _day,
    "time": _clock,
    "interval": _span,
    "json": _document,
    "jsonb": _document,
    "point": _position,
}
