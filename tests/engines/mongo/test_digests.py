"""Digests of rows."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from optimizer.engines.mongo.digests import digest
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Table

KINDS: dict[str, tuple[ColumnType, pl.DataType, Any, Any]] = {
    "n": (ColumnType("bigint", "int8"), pl.Int64(), 1, 2),
    "money": (ColumnType("numeric(10,2)", "numeric"), pl.Decimal(10, 2), Decimal("1.50"), Decimal("1.51")),
    "real": (ColumnType("float8", "float8"), pl.Float64(), 0.1, 0.2),
    "flag": (ColumnType("boolean", "bool"), pl.Boolean(), True, False),
    "text": (ColumnType("text", "text"), pl.String(), "a", ""),
    "raw": (ColumnType("bytea", "bytea"), pl.Binary(), b"\x00", b""),
    "at": (
        ColumnType("timestamptz", "timestamptz"),
        pl.Datetime("ms"),
        datetime(2024, 1, 1),
        datetime(1, 1, 1),
    ),
    "day": (ColumnType("date", "date"), pl.Date(), date(2024, 1, 1), date(1969, 1, 1)),
    "clock": (ColumnType("time", "time"), pl.Time(), time(1, 2), time(1, 3)),
    "span": (ColumnType("interval", "interval"), pl.Duration("ms"), timedelta(1), timedelta(-1)),
    "tags": (ColumnType("text[]", "text", array=True), pl.List(pl.String()), ["a", None], ["a"]),
    "json": (ColumnType("jsonb", "jsonb"), pl.String(), '{"a": 1}', '{"a": [1]}'),
}
TABLE = Table(TableName("public", "t"), tuple(Column(name, kind[0]) for name, kind in KINDS.items()))


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema={name: kind[1] for name, kind in KINDS.items()}, orient="row")


FIRST = {name: kind[2] for name, kind in KINDS.items()}
SECOND = {name: kind[3] for name, kind in KINDS.items()}
NOTHING: dict[str, Any] = dict.fromkeys(KINDS)


def of(rows: pl.DataFrame, *left_out: str) -> str:
    return digest(rows, TABLE, frozenset(left_out))


def test_order_of_rows_and_columns_doesnt_matter() -> None:
    one, other = frame(FIRST, SECOND, NOTHING), frame(NOTHING, FIRST, SECOND)
    assert of(one) == of(other) == of(other.select(reversed(other.columns)))
    assert of(one).startswith("3 ")


@pytest.mark.parametrize("name", KINDS)
def test_every_value_counts(name: str) -> None:
    whole = of(frame(FIRST))
    assert of(frame({**FIRST, name: SECOND[name]})) != whole
    assert of(frame({**FIRST, name: None})) != whole
    assert of(frame({**FIRST, name: SECOND[name]}), name) == of(frame(FIRST), name)


def test_a_row_twice_isnt_a_row_once_nor_none() -> None:
    assert len({of(frame(*[FIRST] * count)) for count in range(4)}) == 4


def test_a_value_doesnt_move_between_columns() -> None:
    table = Table(TABLE.name, (Column("a", KINDS["text"][0]), Column("b", KINDS["text"][0])))
    pairs = [("x", None), (None, "x"), ("", "x"), ("x", ""), ("xx", "")]
    frames = [pl.DataFrame([pair], schema=["a", "b"], orient="row").cast(pl.String) for pair in pairs]
    assert len({digest(one, table, frozenset()) for one in frames}) == len(pairs)


def test_json_is_compared_by_structure() -> None:
    same = [frame({**FIRST, "json": text}) for text in ('{"a": 1, "b": [2]}', '{"b":[2.0],"a":1.0}')]
    assert of(same[0]) == of(same[1])


def test_the_numbers_of_nothing() -> None:
    assert of(frame()) == "0 0 0"
    assert of(frame(FIRST), *KINDS) == "1 0 0"
