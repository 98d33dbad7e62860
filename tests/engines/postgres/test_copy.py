"""Every type goes to the server and comes back as it was, in binary and as CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import psycopg
import pytest
from psycopg import sql

from optimizer.engines.postgres.loading.copy import CopyFormat, copy_format, encode
from optimizer.model.schema import Column, ColumnType

HOSTILE = "a\n\"'\\,\tünï\r\n☃ \\N NULL {}"
WITH_ZONE = pl.Datetime("ms", "UTC")

CASES: list[tuple[str, str, pl.DataType | None, list[Any], list[str | None]]] = [
    ("smallint", "int2", pl.Int16(), [1, None, -32768], ["1", None, "-32768"]),
    ("integer", "int4", pl.Int32(), [2**31 - 1, None, -(2**31)], ["2147483647", None, "-2147483648"]),
    ("bigint", "int8", pl.Int64(), [2**63 - 1, None], ["9223372036854775807", None]),
    ("real", "float4", pl.Float32(), [1.5, None, float("inf")], ["1.5", None, "Infinity"]),
    ("double precision", "float8", None, [1e300, None, 0.1], ["1e+300", None, "0.1"]),
    (
        "numeric",
        "numeric",
        pl.Decimal(38, 4),
        [Decimal("-1234567890123456789012345678901234.1234"), None, Decimal("0.0001"), Decimal(0)],
        ["-1234567890123456789012345678901234.1234", None, "0.0001", "0.0000"],
    ),
    ("numeric(12,2)", "numeric", pl.Decimal(12, 2), [Decimal("-100000.10"), None], ["-100000.10", None]),
    ("boolean", "bool", None, [True, None, False], ["true", None, "false"]),
    ("text", "text", None, [HOSTILE, "", None], [HOSTILE, "", None]),
    ("character varying(40)", "varchar", None, ["", HOSTILE, None], ["", HOSTILE, None]),
    ("character(3)", "bpchar", None, ["a", None], ["a", None]),
    ("mood", "enum", None, ["so so", None], ["so so", None]),
    (
        "uuid",
        "uuid",
        None,
        ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None],
        ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None],
    ),
    ("json", "json", None, ['{"a": "\\n"}', None], ['{"a": "\\n"}', None]),
    ("jsonb", "jsonb", None, ['{"a": "é\\n,\\""}', None, "null"], ['{"a": "é\\n,\\""}', None, "null"]),
    (
        "timestamp without time zone",
        "timestamp",
        pl.Datetime("ms"),
        [datetime(1, 1, 1), None, datetime(2024, 2, 29, 23, 59, 59, 999000)],
        ["0001-01-01 00:00:00", None, "2024-02-29 23:59:59.999"],
    ),
    (
        "timestamp with time zone",
        "timestamptz",
        WITH_ZONE,
        [datetime(1, 1, 1, tzinfo=UTC), None, datetime(1969, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)],
        ["0001-01-01 00:00:00+00", None, "1969-12-31 23:59:59.999+00"],
    ),
    ("date", "date", None, [date(1, 1, 1), None, date(9999, 12, 31)], ["0001-01-01", None, "9999-12-31"]),
    ("time without time zone", "time", None, [time(23, 59, 59, 999000), None], ["23:59:59.999", None]),
    (
        "interval",
        "interval",
        pl.Duration("ms"),
        [timedelta(days=-3, milliseconds=5), None, timedelta(0)],
        ["-71:59:59.995", None, "00:00:00"],
    ),
    ("bytea", "bytea", None, [b"\x00\xff", None, b""], ["\\x00ff", None, "\\x"]),
    ("point", "point", None, ["(1.5,-2e-7)", None, "(0,0)"], ["(1.5,-2e-07)", None, "(0,0)"]),
    ("integer[]", "int4", pl.List(pl.Int32), [[1, None], [], None], ["{1,NULL}", "{}", None]),
    (
        "text[]",
        "text",
        None,
        [['a,"\\{}', None, "", "NULL"], [], None],
        ['{"a,\\"\\\\{}",NULL,"","NULL"}', "{}", None],
    ),
    ("character varying(9)[]", "varchar", None, [["a,", None], [], None], ['{"a,",NULL}', "{}", None]),
    ("bytea[]", "bytea", None, [[b"\x00", None], [], None], ['{"\\\\x00",NULL}', "{}", None]),
    (
        "numeric(9,2)[]",
        "numeric",
        pl.List(pl.Decimal(9, 2)),
        [[Decimal("1.50"), None], None],
        ["{1.50,NULL}", None],
    ),
    (
        "timestamptz[]",
        "timestamptz",
        pl.List(WITH_ZONE),
        [[datetime(1, 1, 1)], None],
        ['{"0001-01-01 00:00:00+00"}', None],
    ),
    ("int4range", "int4range", None, ["[1,5)", None, "empty"], ["[1,5)", None, "empty"]),
    ("inet", "inet", None, ["10.0.0.1", None], ["10.0.0.1/32", None]),
    ("tsvector", "tsvector", None, ["'a':1 'it''s':2", None, ""], ["'a':1 'it''s':2", None, ""]),
]
BINARY = {"uuid", "jsonb", "point", "numeric", "mood", "text[]", "timestamp with time zone", "interval"}


def sent_and_read(
    connection: psycopg.Connection[Any], format_: CopyFormat, frame: pl.DataFrame, type_: str
) -> list[str | None]:
    """The values' text forms on the server, after the rows went there in two frames."""
    connection.execute("SET timezone = 'UTC'")
    connection.execute(sql.SQL("CREATE TEMP TABLE r (k int, v {})").format(sql.SQL(type_)))
    copy_into = sql.SQL("COPY r FROM STDIN WITH ({})").format(sql.SQL(format_.options))
    with connection.cursor() as cursor, cursor.copy(copy_into) as copy:
        for message in encode(format_, iter([frame[:1], frame[1:]])):
            copy.write(message)
    return [value for (value,) in connection.execute("SELECT v::text FROM r ORDER BY k")]


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "csv"])
@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_values_come_back_as_they_were(database: str, case: Any, binary: bool) -> None:
    type_, base, dtype, values, expected = case
    series = pl.Series("v", values, dtype=dtype, strict=False)
    frame = pl.DataFrame({"k": pl.Series(range(len(values)), dtype=pl.Int32), "v": series})
    columns = (
        Column("k", ColumnType("integer", "int4")),
        Column("v", ColumnType(type_, base, "[]" in type_)),
    )
    format_ = copy_format(columns)
    if binary and not format_.binary:
        pytest.skip("goes as CSV")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('so so')")
        assert sent_and_read(connection, CopyFormat(binary, columns), frame, type_) == expected


def test_common_types_go_in_binary() -> None:
    types = [ColumnType(type_, base, "[]" in type_) for type_, base, *_ in CASES]
    binary = {type_.sql for type_ in types if copy_format([Column("v", type_)]).binary}
    assert binary >= BINARY


def test_a_table_with_one_type_without_binary_form_goes_as_csv() -> None:
    columns = [Column("a", ColumnType("integer", "int4")), Column("b", ColumnType("inet", "inet"))]
    assert not copy_format(columns).binary
    assert copy_format(columns[:1]).binary
