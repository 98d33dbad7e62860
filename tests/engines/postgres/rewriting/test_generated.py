"""Where a generated column stands in for its expression, and where the statement must stay as it is."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.model.names import TableName
from optimizer.model.schema import ColumnType
from optimizer.model.tables import GeneratedColumn
from tests.engines.postgres.structures.scene import query_of
from tests.queries.schemas import SHOP

USERS = TableName("public", "users")
TEXT = ColumnType("text", "text")
LOWER = GeneratedColumn(USERS, "email_lower", TEXT, "LOWER(email)")
COUNTRY = GeneratedColumn(USERS, "country_or_else", TEXT, "COALESCE(country, '-')")
WORD = GeneratedColumn(USERS, "order", TEXT, "UPPER(name)")
SEARCH = GeneratedColumn(
    TableName("public", "products"),
    "words",
    ColumnType("tsvector", "tsvector"),
    "TO_TSVECTOR('english', name || ' ' || COALESCE(description, ''))",
)
FIELD = GeneratedColumn(
    TableName("public", "products"), "data_n", ColumnType("integer", "int4"), "(data ->> 'n')::int"
)
EVERY = (LOWER, COUNTRY, SEARCH, FIELD)


def read(sql: str, *structures: GeneratedColumn) -> str:
    return TableLayout(SHOP, frozenset(structures)).query(query_of(sql)).statements[0].text


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        (
            "SELECT u.id FROM users u WHERE lower(u.email) = lower(:email)",
            "SELECT u.id FROM public.users AS u WHERE u.email_lower = LOWER(:email)",
        ),
        (
            "SELECT p.id FROM products p WHERE CAST(data->>'n' AS INTEGER) > 3"
            " ORDER BY (p.data ->> 'n')::int",
            "SELECT p.id FROM public.products AS p WHERE p.data_n > 3 ORDER BY p.data_n",
        ),
        (
            "SELECT id FROM products"
            " WHERE to_tsvector('english'::regconfig, (name || ' ') || coalesce(description, ''))"
            " @@ plainto_tsquery('english', :q)",
            "SELECT products.id FROM public.products AS products"
            " WHERE products.words @@ PLAINTO_TSQUERY('english', :q)",
        ),
        (
            "SELECT o.id FROM orders o WHERE EXISTS (SELECT 1 FROM users u WHERE u.id = o.user_id AND"
            " lower(u.email) = o.status)",
            "SELECT o.id FROM public.orders AS o WHERE EXISTS(SELECT 1 FROM public.users AS u"
            " WHERE u.id = o.user_id AND u.email_lower = o.status)",
        ),
        (
            "SELECT max(lower(email)) AS m FROM users WHERE lower(email) > 'a' GROUP BY country",
            "SELECT MAX(users.email_lower) AS m FROM public.users AS users WHERE users.email_lower > 'a'"
            " GROUP BY users.country",
        ),
        (
            "SELECT lower(email) AS l FROM users GROUP BY lower(email) HAVING lower(email) <> ''",
            "SELECT users.email_lower AS l FROM public.users AS users GROUP BY users.email_lower"
            " HAVING users.email_lower <> ''",
        ),
        (
            "SELECT o.id, lower(u.email) AS l FROM orders o LEFT JOIN users u ON u.id = o.user_id",
            "SELECT o.id, u.email_lower AS l FROM public.orders AS o"
            " LEFT JOIN public.users AS u ON u.id = o.user_id",
        ),
        (
            "SELECT o.id FROM users u LEFT JOIN orders o ON o.user_id = u.id"
            " WHERE coalesce(u.country, '-') = 'x'",
            "SELECT o.id FROM public.users AS u LEFT JOIN public.orders AS o ON o.user_id = u.id"
            " WHERE u.country_or_else = 'x'",
        ),
    ],
)
def test_the_column_stands_in(sql: str, written: str) -> None:
    assert read(sql, *EVERY) == written


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET name = 'x' WHERE lower(email) = :e",
        "DELETE FROM users WHERE lower(email) = :e",
        "INSERT INTO users (name) SELECT lower(email) FROM users",
        "SELECT id FROM users WHERE lower(email) = :e FOR UPDATE",
        "SELECT id FROM users WHERE lower(name) = :e",
        "SELECT id FROM users WHERE lower(email || '') = :e",
        "SELECT id FROM users WHERE upper(email) = :e",
        "SELECT id FROM products WHERE (data ->> 'n')::bigint = :e",
        "SELECT id FROM products WHERE (data ->> 'N')::int = :e",
        "SELECT id FROM products WHERE to_tsvector('german', name || ' ' || coalesce(description, '')) @@ :q",
        "SELECT id FROM products"
        " WHERE to_tsvector('english', name || (' ' || coalesce(description, ''))) @@ :q",
        "SELECT lower(email) AS l FROM users GROUP BY email",
        "SELECT lower(email) || 'x' AS l FROM users GROUP BY lower(email) || 'x'",
        "SELECT lower(email) AS l FROM users GROUP BY ROLLUP (lower(email))",
        "SELECT sum(length(lower(email))) OVER () AS s FROM users GROUP BY email",
        "SELECT (SELECT count(*) FROM orders o WHERE o.status = lower(u.email)) AS n FROM users u"
        " GROUP BY u.email",
        "SELECT lower(u.email) AS l FROM (SELECT name AS email FROM users) u",
        "SELECT lower(u.email) AS l FROM places u(id, email)",
        "SELECT o.id, coalesce(u.country, '-') AS c FROM orders o LEFT JOIN users u ON u.id = o.user_id",
        "SELECT o.id, coalesce(u.country, '-') AS c FROM users u RIGHT JOIN orders o ON u.id = o.user_id",
        "SELECT coalesce(u.country, '-') AS c FROM users u FULL JOIN orders o ON u.id = o.user_id",
        "SELECT coalesce(u.country, '-') AS c"
        " FROM orders o LEFT JOIN (users u JOIN reviews r ON r.user_id = u.id) ON o.user_id = u.id",
    ],
)
def test_the_statement_stays(sql: str) -> None:
    assert read(sql, *EVERY) == sql


def test_a_name_that_is_a_word_of_sql_is_quoted() -> None:
    sql = "SELECT upper(name) AS n FROM users"
    assert read(sql, WORD) == 'SELECT users."order" AS n FROM public.users AS users'
