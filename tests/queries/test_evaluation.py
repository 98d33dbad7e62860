"""Expressions over a row give what PostgreSQL gives."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from optimizer.queries.evaluation import can_evaluate, columns_of, evaluate

ROW = {
    "n": 7,
    "price": Decimal("12.50"),
    "name": " Ann Lee ",
    "code": None,
    "at": datetime(2025, 3, 4, 5, 6, 7),
    "doc": '{"a": {"b": "x", "n": 5}, "flag": true, "list": [1, 2]}',
}
TYPES = {"n": "int", "price": "numeric", "name": "text", "code": "text", "at": "timestamp", "doc": "jsonb"}


@pytest.mark.parametrize(
    "expression",
    [
        "LOWER(name)",
        "UPPER(TRIM(name))",
        "LENGTH(name)",
        "CHAR_LENGTH(name)",
        "LEFT(name, 3)",
        "name || '-' || n",
        "COALESCE(code, name)",
        "LOWER(code)",
        "n % 4",
        "price * n",
        "n - 2",
        "DATE_TRUNC('day', at)",
        "DATE_TRUNC('month', at)",
        "CAST(at AS DATE)",
        "EXTRACT(YEAR FROM at)",
        "DATE_PART('hour', at)",
        "doc ->> 'flag'",
        "doc -> 'a' ->> 'b'",
        "doc #>> '{a,n}'",
        "CAST((doc -> 'a' ->> 'n') AS INT)",
        "doc ->> 'missing'",
        "doc -> 'list' ->> 1",
    ],
)
def test_as_the_server_does(server: Any, expression: str) -> None:
    casts = ", ".join(f"%({name})s::{kind} AS {name}" for name, kind in TYPES.items())
    text = "\n".join(("SELECT", expression.replace("%", "%%"), "FROM (SELECT", casts, ") AS row"))
    with psycopg.connect(server.conninfo) as connection:
        (expected,) = connection.execute(text.encode(), ROW).fetchone() or ()
    found = evaluate(expression, ROW)
    assert found == expected
    assert can_evaluate(expression)


def test_what_is_not_known_is_told() -> None:
    assert not can_evaluate("MD5(name)")
    assert columns_of("MD5(name) || n") == ("name", "n")


def test_values_that_do_not_fit_give_nothing() -> None:
    assert evaluate("CAST(name AS INT)", ROW) is None
    assert evaluate("CAST(at AS DATE)", ROW) == date(2025, 3, 4)
