"""Rows of two engines, compared as the rules of equality say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import polars as pl

from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Table
from optimizer.search.finals.row_difference import difference

TABLE = Table(
    TableName("public", "t"),
    (
        Column("id", ColumnType("integer", "int4"), not_null=True),
        Column("price", ColumnType("numeric(10,2)", "numeric", precision=10, scale=2)),
        Column("doc", ColumnType("jsonb", "jsonb")),
        Column("tags", ColumnType("text[]", "text", array=True)),
        Column("made", ColumnType("timestamp", "timestamp"), default="now()"),
    ),
)


def frame(*rows: tuple[int, str | None, str | None, list[str] | None], hour: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (number, None if price is None else Decimal(price), doc, tags, datetime(2026, 1, 1, hour))
            for number, price, doc, tags in rows
        ],
        schema={
            "id": pl.Int32,
            "price": pl.Decimal(10, 2),
            "doc": pl.String,
            "tags": pl.List(pl.String),
            "made": pl.Datetime("ms"),
        },
        orient="row",
    )


def test_the_order_the_spelling_of_json_and_made_up_columns_make_no_difference() -> None:
    left = frame((1, "1.50", '{"a": 1, "b": [2]}', ["x"]), (2, None, None, None))
    right = frame((2, None, None, None), (1, "1.50", '{"b":[2.0],"a":1}', ["x"]), hour=5)
    assert difference(left, right, TABLE) == ""


def test_columns_that_are_left_out_make_no_difference() -> None:
    left, right = frame((1, "1.50", None, ["x"])), frame((1, "1.51", None, ["y"]))
    assert difference(left, right, TABLE, {"price"})
    assert difference(left, right, TABLE, {"price", "tags"}) == ""


def test_another_value_is_shown() -> None:
    left, right = frame((1, "1.50", None, ["x"])), frame((1, "1.51", None, ["x"]))
    assert difference(left, right, TABLE).startswith(
        "1 rows aren't there, such as {'id': '1', 'price': '1.50'"
    )


def test_null_is_no_value_and_an_empty_list_is_none() -> None:
    assert difference(frame((1, None, None, None)), frame((1, None, "null", None)), TABLE)
    assert difference(frame((1, None, None, [])), frame((1, None, None, None)), TABLE)


def test_a_missing_row_and_one_that_is_there_twice() -> None:
    one, two = (1, None, None, None), (2, None, None, None)
    assert difference(frame(one, two), frame(one), TABLE) == "2 rows expected, 1 found"
    assert "aren't there" in difference(frame(one, two), frame(one, one), TABLE)
    assert "less often" in difference(frame(one, one, two), frame(one, two, two), TABLE)
