"""SQL's types, as far as they decide what MongoDB has to compute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from optimizer.model.schema import ColumnType

BOOL = ColumnType("boolean", "bool")
INT2 = ColumnType("smallint", "int2")
INT4 = ColumnType("integer", "int4")
INT8 = ColumnType("bigint", "int8")
NUMERIC = ColumnType("numeric", "numeric")
FLOAT4 = ColumnType("real", "float4")
FLOAT8 = ColumnType("double precision", "float8")
TEXT = ColumnType("text", "text")
UUID = ColumnType("uuid", "uuid")
DATE = ColumnType("date", "date")
TIME = ColumnType("time without time zone", "time")
TIMESTAMP = ColumnType("timestamp without time zone", "timestamp")
TIMESTAMPTZ = ColumnType("timestamp with time zone", "timestamptz")
INTERVAL = ColumnType("interval", "interval")
JSON = ColumnType("json", "json")
JSONB = ColumnType("jsonb", "jsonb")
BYTEA = ColumnType("bytea", "bytea")
POINT = ColumnType("point", "point")

INTEGERS = ("int2", "int4", "int8")
FLOATS = ("float4", "float8")
NUMBERS = (*INTEGERS, "numeric", *FLOATS)
TEXTS = ("text", "varchar", "bpchar")
MOMENTS = ("date", "timestamp", "timestamptz")
JSONS = ("json", "jsonb")

_NAMES: dict[exp.DType, ColumnType] = {
    exp.DType.BOOLEAN: BOOL,
    exp.DType.SMALLINT: INT2,
    exp.DType.INT: INT4,
    exp.DType.BIGINT: INT8,
    exp.DType.DECIMAL: NUMERIC,
    exp.DType.FLOAT: FLOAT4,
    exp.DType.DOUBLE: FLOAT8,
    exp.DType.TEXT: TEXT,
    exp.DType.VARCHAR: ColumnType("character varying", "varchar"),
    exp.DType.CHAR: ColumnType("character", "bpchar"),
    exp.DType.UUID: UUID,
    exp.DType.DATE: DATE,
    exp.DType.TIME: TIME,
    exp.DType.TIMESTAMP: TIMESTAMP,
    exp.DType.TIMESTAMPTZ: TIMESTAMPTZ,
    exp.DType.INTERVAL: INTERVAL,
    exp.DType.JSON: JSON,
    exp.DType.JSONB: JSONB,
    exp.DType.VARBINARY: BYTEA,
}


def named(type: exp.DataType) -> ColumnType | None:
    """The type that a cast names; None for one that isn't known (a user's own)."""
    if type.this is exp.DType.ARRAY:
        element = named(type.expressions[0]) if type.expressions else None
        return array_of(element) if element else None
    known = _NAMES.get(type.this) if isinstance(type.this, exp.DType) else None
    if known is None:
        return None
    sizes = [int(size.name) for size in type.expressions if size.name.isdigit()]
    if known.base == "numeric" and sizes:
        return replace(known, precision=sizes[0], scale=sizes[1] if len(sizes) > 1 else 0)
    if known.base in ("varchar", "bpchar") and sizes:
        return replace(known, length=sizes[0])
    return known


def array_of(element: ColumnType) -> ColumnType:
    """The array type of these elements."""
    return replace(element, sql=f"{element.sql}[]", array=True)


def element_of(array: ColumnType) -> ColumnType:
    """The type of an array's elements."""
    return replace(array, sql=array.sql.removesuffix("[]"), array=False)


def is_a(type: ColumnType | None, bases: Iterable[str]) -> bool:
    """True for a known type, no array, of one of these bases."""
    return type is not None and not type.array and type.base in bases


def common(types: Iterable[ColumnType | None]) -> ColumnType | None:
    """The type that values of these types are brought to; types that aren't known decide nothing.

    Numbers go up (smallint, integer, bigint, numeric, real, double), a date becomes a timestamp.
    """
    known = [type for type in types if type is not None]
    if not known:
        return None
    for ladder in (NUMBERS, MOMENTS):
        if all(is_a(type, ladder) for type in known):
            top = max(known, key=lambda type: ladder.index(type.base))
            return NUMERIC if top.base == "numeric" else top
    if all(is_a(type, TEXTS) for type in known):
        return known[0] if len({type.base for type in known}) == 1 else TEXT
    return known[0]
