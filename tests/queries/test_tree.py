"""The tree: qualified names, and parameters that survive."""

from __future__ import annotations

import pytest
from sqlglot import exp

from optimizer.queries.tree import parse, to_sql
from tests.queries.schemas import SHOP


@pytest.mark.parametrize(
    ("sql", "qualified"),
    [
        (
            "SELECT id FROM users WHERE email = :from AND name = :end::text",
            "SELECT users.id AS id FROM public.users AS users"
            " WHERE users.email = :from AND users.name = CAST(:end AS TEXT)",
        ),
        ("SELECT l.kind FROM audit.log l", "SELECT l.kind AS kind FROM audit.log AS l"),
        ("SELECT kind FROM log", "SELECT log.kind AS kind FROM audit.log AS log"),
        (
            'SELECT "createdAt" FROM users',
            'SELECT users."createdAt" AS "createdAt" FROM public.users AS users',
        ),
    ],
)
def test_a_query_is_qualified(sql: str, qualified: str) -> None:
    assert to_sql(parse(sql, SHOP)) == qualified


def test_what_has_no_tree_is_a_command() -> None:
    assert isinstance(parse("SELECT 'open", SHOP), exp.Command)
    assert isinstance(parse("REFRESH MATERIALIZED VIEW x", SHOP), exp.Command)


@pytest.mark.parametrize(
    "call",
    [
        "CHAR_LENGTH(name)",
        "DATE_PART('year', paid_at)",
        "id ^ 2",
        "POWER(id, 2)",
        "STRPOS(name, 'x')",
        "MOD(id, 2)",
        "SUBSTR(name, 1, 2)",
        "DATE_TRUNC('day', paid_at)",
        "DATE_BIN('5 min', paid_at, '2001-01-01')",
        "HEX(name)",
        "TO_CHAR(paid_at, 'YYYY MM')",
    ],
)
def test_a_function_stays_the_one_that_was_written(call: str) -> None:
    assert to_sql(parse(f"SELECT {call}", SHOP)).startswith(f"SELECT {call}")
