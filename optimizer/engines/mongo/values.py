"""Values of SQL as BSON; answers.py has the way back. Pure.

What is stored: int2 and int4 as int32, int8 as int64, numeric as Decimal128, floats as double, text and enums
as strings, uuid as Binary subtype 4, timestamps as Date (UTC, to the millisecond), date as Date at midnight
UTC, time as `HH:MM:SS.mmm`, interval as int64 milliseconds, JSON as the document itself, bytea as Binary
subtype 0, point as GeoJSON, ranges as PostgreSQL's text of them, arrays as arrays of these.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import lru_cache
from typing import Any
from uuid import UUID

from bson.decimal128 import Decimal128, create_decimal128_context
from bson.int64 import Int64

from optimizer.model.schema import Column, ColumnType

_MILLISECOND = timedelta(milliseconds=1)
_INT64 = range(-(1 << 63), 1 << 63)
"""An Int64 has to be made an int to be looked for: of other types a range is walked through."""
_ROUNDING = Context(prec=200, rounding=ROUND_HALF_UP)


def is_stored(column: Column) -> bool:
    """Whether documents hold the column: all but those of tsvector, which an index makes by itself."""
    return column.type.base != "tsvector"


def to_bson(value: Any, type: ColumnType | None) -> Any:
    """A binding's or a literal's value as a column of that type holds it, to be compared or stored.

    Nothing is rounded to the column's scale (`stored` does): `price > 2.557` compares with 2.557. Text is
    read as PostgreSQL's input functions do where the type isn't text. A None type: by the value's own type.
    """
    if value is None:
        return None
    if type is None:
        return _by_value(value)
    if type.array and isinstance(value, list | tuple):
        inner = _element(type)
        return [to_bson(item, inner) for item in value]
    write = _WRITERS.get(type.base)
    return write(value) if write is not None else _text(value)


def stored(value: Any, type: ColumnType | None) -> Any:
    """`to_bson`, and a numeric rounded half away from zero to the column's scale, as an assignment does."""
    if type is not None and type.array and isinstance(value, list | tuple):
        inner = _element(type)
        return [stored(item, inner) for item in value]
    made = to_bson(value, type)
    if type is None or type.scale is None or not isinstance(made, Decimal128):
        return made
    return decimal128(made.to_decimal().quantize(Decimal(1).scaleb(-type.scale), context=_ROUNDING))


def decimal128(value: Decimal) -> Decimal128:
    """The value in 34 digits, rounded half to even beyond them."""
    with localcontext(create_decimal128_context()) as context:
        return Decimal128(context.create_decimal(value))


@lru_cache(maxsize=256)
def _element(type: ColumnType) -> ColumnType:
    return replace(type, array=False)


def _by_value(value: Any) -> Any:
    match value:
        case Decimal():
            return decimal128(value)
        case datetime():
            return _moment(value)
        case date():
            return datetime(value.year, value.month, value.day)
        case time():
            return value.isoformat("milliseconds")
        case timedelta():
            return _interval(value)
        case list() | tuple():
            return [_by_value(item) for item in value]
        case dict():
            return {key: _by_value(item) for key, item in value.items()}
    return value


def _text(value: Any) -> Any:
    return value if isinstance(value, str | dict | list) else str(_by_value(value))


def _integer(value: Any) -> Any:
    if isinstance(value, str):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else decimal128(value)
    return int(value) if isinstance(value, bool) else value


def _long(value: Any) -> Any:
    made = _integer(value)
    return Int64(made) if isinstance(made, int) and int(made) in _INT64 else made


def _decimal(value: Any) -> Any:
    if isinstance(value, Decimal128):
        return value
    return decimal128(value if isinstance(value, Decimal) else Decimal(str(value)))


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip().lower() in ("t", "true", "y", "yes", "on", "1")
    return value if isinstance(value, bool) else bool(value)


def _uuid(value: Any) -> Any:
    return UUID(value) if isinstance(value, str) else value


def _moment(value: Any) -> Any:
    """To the millisecond, the rest cut off; a moment with a zone becomes UTC without one."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        utc = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else value


def _date(value: Any) -> Any:
    moment = _moment(value)
    if isinstance(moment, datetime):
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment


def _time(value: Any) -> Any:
    if isinstance(value, str):
        value = time.fromisoformat(value)
    return value.isoformat("milliseconds") if isinstance(value, time) else value


def _interval(value: Any) -> Any:
    return Int64(round(value / _MILLISECOND)) if isinstance(value, timedelta) else value


def _json(value: Any) -> Any:
    """Text is JSON text, as a driver sends it; integers beyond int64 and decimals become doubles."""
    return _json_value(json.loads(value) if isinstance(value, str) else value)


def _json_value(value: Any) -> Any:
    match value:
        case dict():
            return {key: _json_value(item) for key, item in value.items()}
        case list() | tuple():
            return [_json_value(item) for item in value]
        case Decimal():
            return float(value)
        case int() if not isinstance(value, bool) and int(value) not in _INT64:
            return float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
    return value


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        return bytes.fromhex(value.removeprefix("\\x"))
    return bytes(value)


def _point(value: Any) -> Any:
    if isinstance(value, str):
        value = [float(part) for part in value.strip("()").split(",")]
    if isinstance(value, list | tuple):
        return {"type": "Point", "coordinates": [float(part) for part in value]}
    return value


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "int2": _integer,
    "int4": _integer,
    "int8": _long,
    "numeric": _decimal,
    "float4": lambda value: float(value),
    "float8": lambda value: float(value),
    "bool": _boolean,
    "uuid": _uuid,
    "timestamp": _moment,
    "timestamptz": _moment,
    "date": _date,
    "time": _time,
    "interval": _interval,
    "json": _json,
    "jsonb": _json,
    "bytea": _bytes,
    "point": _point,
    "bpchar": lambda value: value.rstrip(" ") if isinstance(value, str) else _text(value),
}
