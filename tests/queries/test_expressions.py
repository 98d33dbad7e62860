"""Every expression of the facts makes an index that PostgreSQL uses for the very query it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from optimizer.model.schema import Column, Schema
from optimizer.queries import parameters
from optimizer.queries.extract import facts
from optimizer.queries.facts import Operator, Predicate
from tests.queries.schemas import SHOP

METHODS = {
    Operator.MATCH: "gin",
    Operator.CONTAINS: "gin",
    Operator.HAS_KEY: "gin",
    Operator.OVERLAPS: "gin",
}

QUERIES = [
    "SELECT id FROM users WHERE lower(email) = :x",
    "SELECT id FROM users WHERE upper(trim(name)) = :x",
    "SELECT id FROM users WHERE char_length(name) = :x",
    "SELECT id FROM users WHERE length(name) = :x",
    "SELECT id FROM users WHERE substr(name, 1, 3) = :x",
    "SELECT id FROM users WHERE substring(name, 1, 3) = :x",
    "SELECT id FROM users WHERE substring(name FROM 2 FOR 3) = :x",
    "SELECT id FROM users WHERE strpos(name, 'a') = :x",
    "SELECT id FROM users WHERE position('a' IN name) = :x",
    "SELECT id FROM users WHERE left(name, 2) = :x",
    "SELECT id FROM users WHERE split_part(email, '@', 2) = :x",
    "SELECT id FROM users WHERE md5(email) = :x",
    "SELECT id FROM users WHERE btrim(name) = :x",
    "SELECT id FROM users WHERE coalesce(country, '') = :x",
    "SELECT id FROM users WHERE nullif(country, 'XX') = :x",
    "SELECT id FROM users WHERE replace(name, ' ', '') = :x",
    "SELECT id FROM users WHERE name || ' ' || country = :x",
    "SELECT id FROM users WHERE (\"createdAt\" AT TIME ZONE 'UTC')::date = :x",
    "SELECT id FROM users WHERE date_trunc('day', \"createdAt\", 'UTC') = :x",
    "SELECT id FROM users WHERE date_trunc('month', \"createdAt\" AT TIME ZONE 'UTC') = :x",
    "SELECT id FROM reviews WHERE date_trunc('day', created_at) = :x",
    "SELECT id FROM reviews WHERE created_at::date = :x",
    "SELECT id FROM reviews WHERE date(created_at) = :x",
    "SELECT id FROM reviews WHERE extract(year FROM created_at) = :x",
    "SELECT id FROM reviews WHERE date_part('dow', created_at) = :x",
    "SELECT id FROM reviews WHERE created_at + interval '1 day' > :x",
    "SELECT id FROM products WHERE price * stock > :x",
    "SELECT id FROM products WHERE (id % 10) = :x",
    "SELECT id FROM products WHERE mod(id, 10) = :x",
    "SELECT id FROM products WHERE stock ^ 2 = :x",
    "SELECT id FROM products WHERE round(price) = :x",
    "SELECT id FROM products WHERE -stock = :x",
    "SELECT id FROM products WHERE data ->> 'kind' = :x",
    "SELECT id FROM products WHERE data -> 'a' ->> 'b' = :x",
    "SELECT id FROM products WHERE data #>> '{a,b}' = :x",
    "SELECT id FROM products WHERE data['a'] = :x",
    "SELECT id FROM products WHERE data ->> 'a.b' = :x",
    "SELECT id FROM products WHERE (data ->> 'n')::int > :x",
    "SELECT id FROM products WHERE (data ->> 'n')::numeric(10, 2) > :x",
    "SELECT id FROM products WHERE (data ->> 'n')::bigint BETWEEN 1 AND :x",
    "SELECT id FROM products WHERE lower(data ->> 'kind') = :x",
    "SELECT id FROM products WHERE cardinality(tags) = :x",
    "SELECT id FROM products WHERE tags[1] = :x",
    "SELECT id FROM products WHERE jsonb_array_length(data -> 'list') = :x",
    "SELECT id FROM products"
    " WHERE to_tsvector('english', name || coalesce(description, '')) @@ plainto_tsquery(:x)",
    "SELECT id FROM products WHERE to_tsvector('simple', name) @@ plainto_tsquery('simple', :x)",
    "SELECT id FROM products WHERE data -> 'tags' ? :x",
    "SELECT id FROM products WHERE data -> 'maker' @> :x",
    "SELECT id FROM products WHERE string_to_array(name, ' ') && :x",
    "SELECT id FROM bookings WHERE upper(during) > :x",
    "SELECT id FROM users WHERE CASE WHEN is_active THEN name END = :x",
    "SELECT id FROM users WHERE greatest(id, referrer_id) = :x",
]

PARTIAL = [
    "SELECT id FROM orders WHERE status = 'open'",
    "SELECT id FROM orders WHERE status IN ('open', 'paid')",
    "SELECT id FROM orders WHERE paid_at IS NULL",
    "SELECT id FROM orders WHERE paid_at IS NOT NULL",
    "SELECT id FROM orders WHERE status <> 'done'",
    "SELECT id FROM orders WHERE status = 'open' OR status = 'paid'",
    "SELECT id FROM orders WHERE total > 100.5",
    "SELECT id FROM orders WHERE created_at >= '2025-01-01 00:00:00+00'::timestamptz",
    "SELECT id FROM orders WHERE status NOT IN ('done', 'cancelled')",
    "SELECT id FROM users WHERE is_active",
    "SELECT id FROM users WHERE NOT is_active",
    "SELECT id FROM users WHERE is_active = TRUE",
    "SELECT id FROM users WHERE is_active IS TRUE",
    "SELECT id FROM users WHERE name LIKE 'abc%'",
    "SELECT id FROM products WHERE data ->> 'kind' = 'book'",
    "SELECT id FROM products WHERE data @> '{\"new\": true}'",
    "SELECT id FROM bookings WHERE room BETWEEN 1 AND 5",
]


@pytest.fixture
def shop(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to a database with the empty tables of the shop, sequential scans out of favour."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA audit")
        create_tables(connection, SHOP)
        connection.execute("SET enable_seqscan = off")
        yield connection


def create_tables(connection: psycopg.Connection[Any], schema: Schema) -> None:
    for table in schema.tables:
        columns = sql.SQL(", ").join(definition(column) for column in table.columns)
        name = sql.Identifier(table.name.schema, table.name.name)
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(name, columns))


def definition(column: Column) -> sql.Composed:
    generated = f" GENERATED ALWAYS AS ({column.default}) STORED" if column.generated else ""
    return sql.Identifier(column.name) + sql.SQL(" " + column.type.sql + generated)


def plan(connection: psycopg.Connection[Any], query: str) -> str:
    """The plan of a query whose parameters are unknown to the planner."""
    numbered = parameters.replace(query, lambda _: "$1")
    connection.execute("SET plan_cache_mode = force_generic_plan")
    connection.execute(b"PREPARE probe AS " + numbered.encode())
    rows = connection.execute(
        "EXPLAIN EXECUTE probe(NULL)" if ":x" in query else "EXPLAIN EXECUTE probe"
    ).fetchall()
    connection.execute("DEALLOCATE probe")
    return "\n".join(row[0] for row in rows)


def only_predicate(query: str) -> Predicate:
    (block,) = facts(query, SHOP).blocks
    return next(predicate for predicate in block.predicates if not predicate.optional)


@pytest.mark.parametrize("query", QUERIES)
def test_an_index_on_the_expression_serves_the_query(shop: psycopg.Connection[Any], query: str) -> None:
    predicate = only_predicate(query)
    (source,) = facts(query, SHOP).blocks[0].sources
    method = METHODS.get(predicate.operator, "btree")
    create = f"CREATE INDEX probe_index ON {source.table.name} USING {method} (({predicate.term.expression}))"
    shop.execute(create.encode())
    assert "probe_index" in plan(shop, query)


@pytest.mark.parametrize("query", PARTIAL)
def test_a_partial_index_serves_the_query(shop: psycopg.Connection[Any], query: str) -> None:
    predicate = only_predicate(query)
    (source,) = facts(query, SHOP).blocks[0].sources
    create = f"CREATE INDEX probe_index ON {source.table.name} (id) WHERE {predicate.text}"
    shop.execute(create.encode())
    assert "probe_index" in plan(shop, query)
