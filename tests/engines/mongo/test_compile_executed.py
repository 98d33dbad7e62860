"""Every golden pair on real servers: each design gives PostgreSQL's answers, on hostile rows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from pymongo.database import Database

from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.program import Aggregate, Find, Statement
from optimizer.engines.mongo.templates import template
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.answer import Answer
from optimizer.queries.parameters import replace
from optimizer.queries.witness import witness
from tests.engines.mongo.compile_golden import DESIGNS, Pair, compiled, layout, pairs
from tests.engines.mongo.compile_schema import SCHEMA, ddl, rows
from tests.engines.mongo.documents import documents

PAIRS = pairs()

Collections = Mapping[str, Database[dict[str, Any]]]


@pytest.fixture(scope="module")
def reference(server: Any) -> Iterator[psycopg.Connection[Any]]:
    """A PostgreSQL database with the rows."""
    name = f"compiled_{os.getpid()}"
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
        conninfo = make_conninfo(server.conninfo, dbname=name)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            fill_postgres(connection)
            yield connection
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def collections(mongo_client: Client) -> Iterator[Collections]:
    """A MongoDB database of each design, with the same rows."""
    names = {design: f"compiled_{os.getpid()}_{number}" for number, design in enumerate(DESIGNS)}
    for design, name in names.items():
        fill_mongo(mongo_client[name], design)
    yield {design: mongo_client[name] for design, name in names.items()}
    for name in names.values():
        mongo_client.drop_database(name)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_each_design_gives_the_reference_s_answer(
    pair: Pair, design: str, reference: psycopg.Connection[Any], collections: Collections
) -> None:
    statement = compiled(pair, design)
    if isinstance(statement, NotCompiled):
        assert pair.expected.get(design, "").startswith("not compiled"), str(statement)
        return
    for binding in pair.bindings:
        expected, order = expected_answer(reference, pair.sql, binding)
        found = run(collections[design], statement, binding)
        comparison = compare(expected, found, order)
        assert comparison.verdict is Verdict.SAME, f"{binding}: {comparison.detail}"
        assert found.columns == expected.columns


def fill_postgres(connection: psycopg.Connection[Any]) -> None:
    """The schema and its rows."""
    connection.execute(ddl(SCHEMA))
    for table, found in rows().items():
        columns = list(found[0])
        holes = ", ".join(f"%({column})s" for column in columns)
        text = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({holes})"
        with connection.cursor() as cursor:
            cursor.executemany(text, [_adapted(row) for row in found])


def _adapted(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Jsonb(value) if isinstance(value, dict) else value for name, value in row.items()}


def fill_mongo(database: Database[dict[str, Any]], design: str) -> None:
    """The documents of a design."""
    for name, found in documents(layout(design), rows()).items():
        database[name].insert_many(found)


def expected_answer(
    connection: psycopg.Connection[Any], sql: str, binding: Mapping[str, Any]
) -> tuple[Answer, Order]:
    """PostgreSQL's answer. An ORDER BY of a golden pair is total: its rows are compared as a list."""
    text = replace(sql.replace("%", "%%"), lambda name: f"%({name})s")
    cursor = connection.execute(text, binding)
    found = tuple(cursor.fetchall())
    known = witness(sql, SCHEMA)
    ties = tuple(range(len(found))) if known.ordered else None
    names = tuple(column.name for column in cursor.description or ())
    return Answer(names, found), Order(ties, computed=known.computed)


def run(database: Database[dict[str, Any]], statement: Statement, binding: Mapping[str, Any]) -> Answer:
    """The answer of a statement of one read."""
    (operation,) = statement.operations
    outputs = statement.outputs
    if isinstance(operation, Find):
        parts = template([operation.filter, operation.projection, operation.skip, operation.limit]).make(
            binding
        )
        cursor: Any = database[operation.collection].find(
            parts[0], parts[1], skip=parts[2], limit=parts[3], sort=list(operation.sort) or None
        )
    elif isinstance(operation, Aggregate):
        pipeline = template(list(operation.pipeline)).make(binding)
        cursor = database[operation.collection].aggregate(pipeline)
    else:
        raise TypeError(operation)
    answer = [tuple(from_bson(_at(one, o.path), o.type) for o in outputs) for one in cursor]
    if not answer and statement.empty is not None:
        answer = [statement.empty]
    return Answer(tuple(o.name for o in outputs), tuple(answer))


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(part)
    return document
