"""A table of hostile values for conditions and expressions, in SQL and as documents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from optimizer.engines.mongo.compile.scope import Field, Scope
from optimizer.engines.mongo.values import stored
from optimizer.model.schema import ColumnType, Table

DDL = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE t (
  id int PRIMARY KEY,
  a int, b int, n int NOT NULL, l bigint,
  m numeric(10,2), d numeric(12,4), f float8,
  s text, v varchar(40) NOT NULL,
  flag bool, sure bool NOT NULL,
  at timestamp, born date, made timestamptz NOT NULL,
  u uuid, tags text[] NOT NULL, marks int[],
  data jsonb, mood mood, p point, i interval
);
"""

_U1, _U2 = UUID("00000000-0000-0000-0000-0000000000ff"), UUID("ffffffff-0000-4000-8000-000000000001")
_AT = datetime(2024, 2, 29, 23, 59, 59, 999000)

COLUMNS = (
    *("id", "a", "b", "n", "l", "m", "d", "f", "s", "v", "flag", "sure"),
    *("at", "born", "made", "u", "tags", "marks", "data", "mood", "p", "i"),
)

ROWS: tuple[tuple[Any, ...], ...] = (
    (
        1,
        None,
        None,
        0,
        None,
        None,
        None,
        None,
        None,
        "",
        None,
        True,
        None,
        None,
        datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
        None,
        [],
        None,
        None,
        None,
        None,
        None,
    ),
    (
        2,
        5,
        5,
        5,
        5,
        Decimal("2.50"),
        Decimal("0.1250"),
        2.5,
        "abc",
        "abc",
        True,
        False,
        _AT,
        date(2024, 2, 29),
        _AT.replace(tzinfo=UTC),
        _U1,
        ["a"],
        [1, 2],
        {"k": "a", "n": 1, "o": {"x": 1}, "g": [1, "a"]},
        "sad",
        (0.0, 0.0),
        timedelta(days=1),
    ),
    (
        3,
        -7,
        2,
        -7,
        -7,
        Decimal("-2.50"),
        Decimal("-0.1250"),
        -2.5,
        "ABC",
        "Abc\n",
        False,
        True,
        datetime(2024, 3, 31, 1, 30),
        date(1969, 12, 31),
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        _U2,
        ["a", "b", "a"],
        [None],
        {"k": 5, "n": 2.5, "b": True},
        "ok",
        (1.0, 1.0),
        timedelta(hours=-1),
    ),
    (
        4,
        7,
        -2,
        7,
        9223372036854775,
        Decimal("0.00"),
        Decimal("99999999.9999"),
        0.1,
        "a%c",
        "a_c",
        None,
        True,
        datetime(2025, 1, 6),
        date(2025, 1, 6),
        datetime(2025, 1, 6, tzinfo=UTC),
        _U1,
        ["b", ""],
        [],
        {"k": None, "b": False},
        "happy",
        (3.0, 4.0),
        timedelta(days=40),
    ),
    (
        5,
        0,
        7,
        2,
        0,
        Decimal("12345678.90"),
        Decimal("4.0050"),
        1e9,
        "",
        "$a",
        True,
        True,
        datetime(2025, 1, 5, 23, 59, 59),
        None,
        datetime(2025, 1, 5, 23, 59, 59, 1000, tzinfo=UTC),
        None,
        ["Ärger"],
        [3],
        {},
        "sad",
        (-10.5, 20.25),
        None,
    ),
    (
        6,
        100_003,
        1,
        1,
        -1,
        Decimal("2.55"),
        Decimal("-4.0050"),
        -0.5,
        "Kelvin \u212a \u017f k",
        "x.y",
        False,
        False,
        datetime(2000, 1, 3),
        date(2000, 1, 3),
        datetime(2000, 1, 3, tzinfo=UTC),
        _U2,
        ["c", "a"],
        [1, None],
        {"k": "5", "n": 123456789.125, "o": {"x": 2, "y": [{"z": 1}, {"z": 2}]}, "g": []},
        "ok",
        (179.0, -45.0),
        timedelta(0),
    ),
    (
        7,
        5,
        None,
        3,
        4,
        None,
        Decimal("0.0000"),
        None,
        "äÄé",
        "ÄRGER",
        True,
        True,
        datetime(2023, 12, 31, 12),
        date(2023, 12, 31),
        datetime(2023, 12, 31, 12, tzinfo=UTC),
        None,
        [],
        [5, 5],
        {"k": "true", "n": -3, "g": ["a", "b"]},
        None,
        None,
        timedelta(minutes=90),
    ),
    (
        8,
        None,
        3,
        3,
        None,
        Decimal("3.00"),
        None,
        3.0,
        "line\nbreak",
        "line",
        None,
        False,
        None,
        date(1999, 12, 31),
        datetime(1999, 12, 31, 22, 30, tzinfo=UTC),
        _U1,
        ["a", "c"],
        None,
        {"k": True, "b": "x"},
        "happy",
        (0.5, 0.5),
        timedelta(days=-3),
    ),
    (
        9,
        None,
        3,
        3,
        None,
        Decimal("3.00"),
        None,
        3.0,
        "line\nbreak",
        "line",
        None,
        False,
        None,
        date(1999, 12, 31),
        datetime(1999, 12, 31, 22, 30, tzinfo=UTC),
        _U1,
        ["a", "c"],
        None,
        [{"k": "a", "n": 1, "o": {"x": 1}}, "k"],
        "happy",
        (0.5, 0.5),
        timedelta(days=-3),
    ),
    (
        10,
        None,
        3,
        3,
        None,
        Decimal("3.00"),
        None,
        3.0,
        "line\nbreak",
        "line",
        None,
        False,
        None,
        date(1999, 12, 31),
        datetime(1999, 12, 31, 22, 30, tzinfo=UTC),
        _U1,
        ["a", "c"],
        None,
        {"n": 7, "o": [{"x": 1}], "g": ["b"], "h": ["a", None], "q": {"y": ["a", {"z": 2}]}},
        "happy",
        (0.5, 0.5),
        timedelta(days=-3),
    ),
)


def documents(table: Table) -> list[dict[str, Any]]:
    """The rows as documents."""
    return [
        {
            "_id" if name == "id" else name: stored(value, table.by_name[name].type)
            for name, value in zip(COLUMNS, row, strict=True)
        }
        for row in ROWS
    ]


def scope(table: Table) -> Scope:
    """Where the columns are."""
    fields = {
        c.name: Field("_id" if c.name == "id" else c.name, c.type, not c.not_null) for c in table.columns
    }
    return Scope({"t": fields})


def sql_value(value: Any, type: ColumnType) -> Any:
    """A value as psycopg sends it."""
    if type.base == "point" and value is not None:
        return f"({value[0]},{value[1]})"
    return value
