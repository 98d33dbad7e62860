"""A small hostile schema for the tests of loading: people, their orders, their badges, and measurements."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import polars as pl

from optimizer.dataset.constraints.types import dtype
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, ForeignKey, Key, Schema, Table

PEOPLE, ORDERS, BADGES, LINES, POINTS = (
    TableName("public", name) for name in ("people", "orders", "badges", "lines", "points")
)
BUYER, SELLER, OWNER, ORDER = (
    "orders_buyer_fkey",
    "orders_seller_fkey",
    "badges_owner_fkey",
    "lines_order_fkey",
)

UUID = ColumnType("uuid", "uuid")
INT = ColumnType("integer", "int4")
BIG = ColumnType("bigint", "int8")
TEXT = ColumnType("text", "text")
MONEY = ColumnType("numeric(12,2)", "numeric", precision=12, scale=2)
MOMENT = ColumnType("timestamp with time zone", "timestamptz")
STATUS = ColumnType("status", "enum", labels=("paid", "new", "lost"))

A, B, C, D = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 5))
FIRST = datetime(1969, 7, 20, 20, 17, 40, 123000, tzinfo=UTC)


def _array(sql: str, base: str) -> ColumnType:
    return ColumnType(sql, base, array=True)


def _references(name: str, column: str, target: TableName) -> ForeignKey:
    return ForeignKey(name, (column,), target, ("id",))


PEOPLE_COLUMNS: tuple[tuple[str, ColumnType, list[object]], ...] = (
    ("name", TEXT, ["Ärger \U0001f600 \"'", "", None, "x" * 3000]),
    ("id", UUID, [A, B, C, D]),
    ("small", ColumnType("smallint", "int2"), [-32768, 32767, None, 0]),
    ("whole", INT, [-(2**31), 2**31 - 1, None, 0]),
    ("big", BIG, [-(2**63), 2**63 - 1, None, 0]),
    ("single", ColumnType("real", "float4"), [1.5, -0.25, None, 0.0]),
    ("double", ColumnType("double precision", "float8"), [1e300, -1e-300, None, 0.1]),
    ("money", MONEY, [Decimal("-9999999999.99"), Decimal("0.10"), None, Decimal("0.00")]),
    (
        "huge",
        ColumnType("numeric(34,4)", "numeric", precision=34, scale=4),
        [
            Decimal("999999999999999999999999999999.9999"),
            Decimal("-18446744073709551616.0001"),
            None,
            Decimal(0),
        ],
    ),
    ("any_numeric", ColumnType("numeric", "numeric"), [Decimal("1.25"), Decimal("-3.00"), None, Decimal(0)]),
    ("flag", ColumnType("boolean", "bool"), [True, False, None, True]),
    ("born", ColumnType("date", "date"), [date(1900, 2, 28), date(2024, 2, 29), None, date(1970, 1, 1)]),
    ("at", MOMENT, [FIRST, FIRST + timedelta(days=9000), None, datetime(1970, 1, 1, tzinfo=UTC)]),
    (
        "local",
        ColumnType("timestamp", "timestamp"),
        [datetime(1815, 12, 10), datetime(2024, 3, 31, 2, 30), None, datetime(9999, 12, 31)],
    ),
    ("clock", ColumnType("time", "time"), [time(23, 59, 59, 999000), time(0), None, time(1, 2, 3)]),
    (
        "span",
        ColumnType("interval", "interval"),
        [timedelta(days=-400), timedelta(milliseconds=1), None, timedelta(0)],
    ),
    ("raw", ColumnType("bytea", "bytea"), [b"\0\xff", b"", None, b"a"]),
    ("state", STATUS, ["new", "lost", None, "paid"]),
    ("code", ColumnType("character(4)", "bpchar", length=4), ["ab  ", "    ", None, "abcd"]),
    ("place", ColumnType("point", "point"), ["(1,-2.5)", "(0,0)", None, "(1e-07,180)"]),
    ("period", ColumnType("int4range", "int4range"), ["[1,5)", "empty", None, "(,3)"]),
    (
        "extra",
        ColumnType("jsonb", "jsonb"),
        ['{"a": [1, 2.5, {"b": null, "": "\\u00e4"}], "n": 9007199254740993}', "[]", None, '"text"'],
    ),
    ("tags", _array("text[]", "text"), [["a", None, "ä"], [], None, ["x"] * 12]),
    ("scores", _array("integer[]", "int4"), [[1, None, -5], [], None, list(range(101))]),
    ("friends", _array("uuid[]", "uuid"), [[B, A], [], None, [D]]),
    ("prices", _array("numeric(6,2)[]", "numeric"), [[Decimal("1.50"), None], [], None, [Decimal("-0.01")]]),
    ("moments", _array("timestamptz[]", "timestamptz"), [[FIRST, None], [], None, [FIRST]]),
)

_ORDERS: tuple[tuple[str, ColumnType, list[object]], ...] = (
    ("id", BIG, [5, 3, 9, 1, 7, 2]),
    ("buyer", UUID, [A, A, B, None, A, D]),
    ("seller", UUID, [B, None, A, B, B, B]),
    ("total", MONEY, [Decimal("5.50"), None, Decimal("-1.25"), Decimal("9.00"), Decimal("0.05"), None]),
    ("pieces", INT, [2**31 - 1, 2**31 - 1, 1, None, 7, None]),
    ("status", STATUS, ["new", "paid", "lost", "paid", "lost", "new"]),
    ("placed", MOMENT, [FIRST, None, FIRST, FIRST, FIRST + timedelta(days=1), FIRST]),
)
_BADGES: tuple[tuple[str, ColumnType, list[object]], ...] = (
    ("id", INT, [10, 11]),
    ("owner", UUID, [D, A]),
    ("label", TEXT, [None, "gold"]),
)
_LINES: tuple[tuple[str, ColumnType, list[object]], ...] = (
    ("order_id", BIG, [9, 5, 5, 2, 9, 9]),
    ("line", INT, [2, 1, 3, 1, 1, 3]),
    ("product", TEXT, ["a", "b", "ä", None, "c", "d"]),
    ("details", ColumnType("json", "json"), ['{"n": 1}', None, "[1, [2]]", '""', "{}", "false"]),
)
_POINTS: tuple[tuple[str, ColumnType, list[object]], ...] = (
    ("time", MOMENT, [FIRST + timedelta(seconds=n) for n in range(4)]),
    ("device", INT, [1, 2, 1, 2]),
    ("kind", TEXT, ["a", "a", None, "b"]),
    ("value", ColumnType("double precision", "float8"), [1.0, None, -2.5, 0.0]),
)


def _table(
    name: TableName, columns: tuple[tuple[str, ColumnType, list[object]], ...], *keys: ForeignKey
) -> Table:
    made = tuple(Column(column, type_) for column, type_, _ in columns)
    primary = {LINES: ("order_id", "line"), POINTS: ()}.get(name, ("id",))
    unique = [Key(f"{name}_pkey", primary, primary=True)] if primary else []
    if name == BADGES:
        unique.append(Key("badges_owner_key", ("owner",)))
    if name == PEOPLE:
        made = (*made, Column("search", ColumnType("tsvector", "tsvector"), generated=True))
    return Table(name, made, tuple(unique), keys)


SCHEMA = Schema(
    (
        _table(PEOPLE, PEOPLE_COLUMNS),
        _table(ORDERS, _ORDERS, _references(BUYER, "buyer", PEOPLE), _references(SELLER, "seller", PEOPLE)),
        _table(BADGES, _BADGES, _references(OWNER, "owner", PEOPLE)),
        _table(LINES, _LINES, ForeignKey(ORDER, ("order_id",), ORDERS, ("id",))),
        _table(POINTS, _POINTS),
    )
)


def frames() -> dict[str, pl.DataFrame]:
    """The rows of every table."""
    tables = (
        ("people", PEOPLE_COLUMNS),
        ("orders", _ORDERS),
        ("badges", _BADGES),
        ("lines", _LINES),
        ("points", _POINTS),
    )
    return {
        name: pl.DataFrame({column: pl.Series(cells, dtype=dtype(type_)) for column, type_, cells in columns})
        for name, columns in tables
    }
