"""Parameters of every type reach the server as the values that they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from optimizer.engines.postgres.connection import Connection
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.session import PostgresSession
from optimizer.engines.postgres.values import text
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.schema import Schema
from tests.queries_by_hand import bind, query

JSON, JSONB = 114, 3802
ID = UUID("0190163d-8694-739b-aea5-966c26f8ad91")
VALUES: list[tuple[str, Any]] = [
    ("int4", -7),
    ("int8", 2**62),
    ("numeric", Decimal("12345678901234567890.123456789")),
    ("numeric", Decimal("1E+3")),
    ("float8", 1e-300),
    ("bool", True),
    ("bool", False),
    ("text", 'it\'s "so" \\ {1,2} :x ünï'),
    ("text", ""),
    ("text", None),
    ("timestamptz", datetime(2025, 3, 30, 1, 59, 59, 123000, tzinfo=UTC)),
    ("timestamp", datetime(2025, 3, 30, 2, 30, 0, 1000)),
    ("date", date(2024, 2, 29)),
    ("time", time(23, 59, 59, 999000)),
    ("interval", timedelta(days=-3, seconds=5, milliseconds=7)),
    ("uuid", ID),
    ("bytea", b"\x00\\41'\xff"),
    ("jsonb", {"a": [1, None, {"b": 'it\'s "so"'}], "c": True}),
    ("json", [1, "two"]),
    ("int4[]", [3, None, 1]),
    ("int4[]", []),
    ("int4[]", [[1, 2], [3, 4]]),
    ("bool[]", [True, False]),
    ("uuid[]", [ID, None]),
    ("text[]", ['a "b"', "c\\d", "e,f", "{g}", "NULL", "", " h "]),
    ("timestamptz[]", [datetime(2025, 1, 1, tzinfo=UTC)]),
    ("numeric[]", [Decimal("1.50"), Decimal("-0.001")]),
    ("bytea[]", [b"\x00", b"'\\"]),
    ("jsonb[]", [{"a": "}"}, {"b": [1]}]),
]


@pytest.fixture(scope="module")
def session(server: PostgresEndpoint) -> Iterator[PostgresSession]:
    opened = PostgresSession(Connection(server.conninfo, None), TableLayout(Schema(())), lambda name: None)
    yield opened
    opened.close()


@pytest.mark.parametrize(("type_name", "value"), VALUES)
def test_a_value_comes_back_as_it_went(session: PostgresSession, type_name: str, value: Any) -> None:
    asked = query(f"{type_name} of {value!r}", f"SELECT :value::{type_name} AS value")
    answer = session.answer(asked, bind(value=value))
    assert (answer.columns, answer.rows, answer.error) == (("value",), ((value,),), "")


def test_a_type_in_text_form_goes_as_it_is(session: PostgresSession) -> None:
    asked = query("texts", "SELECT :r::int4range = '[1,5)', :p::point ~= '(1,2)', :j::jsonb @> '{\"a\": 1}'")
    assert session.answer(asked, bind(r="[1,5)", p="(1,2)", j='{"a": 1}')).rows == ((True, True, True),)


@pytest.mark.parametrize(
    ("value", "oid", "expected"),
    [
        (None, JSONB, None),
        ("[1]", JSON, b"[1]"),
        ("a", JSONB, b"a"),
        (["a", 1], JSONB, b'["a", 1]'),
        ({"a": Decimal("1.0")}, 0, b'{"a": "1.0"}'),
        (True, 0, b"true"),
        (Decimal("1E+3"), 0, b"1000"),
    ],
)
def test_the_text_of_a_value(value: Any, oid: int, expected: bytes | None) -> None:
    assert text(value, oid) == expected


def test_what_has_no_text_form_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        text(1j)
