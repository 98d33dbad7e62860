"""Expressions over a row give what PostgreSQL gives."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from optimizer.queries.evaluation import can_evaluate, columns_of, evaluate
from tests.engines import time_buckets

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
        "DATE_BIN('5 minutes', at, TIMESTAMP '2000-01-01')",
        "DATE_BIN('7 hours', at, '2030-01-01 00:30')",
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


FORMS = time_buckets.answers()
EVALUATED = [form for form in FORMS if can_evaluate(form) and "AT TIME ZONE" not in form]


@pytest.mark.parametrize("form", EVALUATED)
def test_buckets_are_those_of_timescaledb(form: str) -> None:
    for row, answer in zip(time_buckets.ROWS, FORMS[form], strict=True):
        _, at, plain, day, *numbers = row
        values = {
            "at": at and datetime.fromisoformat(at),
            "ts": plain and datetime.fromisoformat(plain),
            "d": day and date.fromisoformat(day),
            **dict(zip("nls", numbers, strict=True)),
        }
        found = evaluate(form, values)
        read = {datetime: datetime.fromisoformat, date: date.fromisoformat}.get(type(found), int)
        assert found == (None if answer is None else read(answer))


def test_the_plain_forms_of_buckets_are_known() -> None:
    plain = {
        form for form in FORMS if form.endswith((" at)", " ts)", " d)", " n)", " l)")) and "=>" not in form
    }
    assert plain <= set(EVALUATED)
    assert not can_evaluate("time_bucket('1 day', at, 'Europe/Berlin')")
    assert not can_evaluate("time_bucket(:width, at)")


def test_what_is_not_known_is_told() -> None:
    assert not can_evaluate("MD5(name)")
    assert columns_of("MD5(name) || n") == ("name", "n")


def test_values_that_do_not_fit_give_nothing() -> None:
    assert evaluate("CAST(name AS INT)", ROW) is None
    assert evaluate("CAST(at AS DATE)", ROW) == date(2025, 3, 4)
