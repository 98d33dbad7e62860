"""Unique indexes keep what PostgreSQL's keys keep: the same rows are tried on both, in the same order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.indexes import create_index, key_of, options_of
from optimizer.engines.mongo.unique_indexes import unique_indexes
from optimizer.engines.mongo.values import stored
from optimizer.engines.postgres.catalog.schema import read_schema
from optimizer.model.design import Design
from optimizer.model.documents import Embed, TimeSeries
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure

Mongo = Database[dict[str, Any]]
Row = dict[str, Any]

TABLE = "CREATE TABLE t (id int PRIMARY KEY, a {kind}, b text, gone timestamp, live bool, {more});"
INDEXES: tuple[tuple[str, str, str], ...] = (
    ("not null", "text NOT NULL", "UNIQUE (a)"),
    ("nullable", "text", "UNIQUE (a)"),
    ("nullable number", "numeric(5,2)", "UNIQUE (a)"),
    ("nullable uuid", "uuid", "UNIQUE (a)"),
    ("nullable time", "timestamptz", "UNIQUE (a)"),
    ("nullable boolean", "bool", "UNIQUE (a)"),
    ("composite", "text", "UNIQUE (a, b)"),
    (
        "partial",
        "text",
        "CHECK (true)); CREATE UNIQUE INDEX ON t (a) WHERE gone IS NULL; CREATE TABLE u (x int",
    ),
    (
        "partial flag",
        "text NOT NULL",
        "CHECK (true)); CREATE UNIQUE INDEX ON t (a) WHERE live; CREATE TABLE u (x int",
    ),
    ("caseless", "text", "CHECK (true)); CREATE UNIQUE INDEX ON t (lower(a)); CREATE TABLE u (x int"),
)
VALUES: dict[str, Sequence[Any]] = {
    "text": (None, "", "x", "X", "y"),
    "numeric(5,2)": (None, "0", "-5", "1.50", "999.99"),
    "uuid": (None, "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001"),
    "timestamptz": (None, "1960-01-01T00:00:00+00:00", "2020-01-01T00:00:00+00:00"),
    "bool": (None, False, True),
}


def schema_of(connection: psycopg.Connection[Any], ddl: str) -> Schema:
    """The schema of the DDL, which is applied."""
    connection.execute(ddl.encode())
    return read_schema(connection, SourceText(ddl, "test.sql"))


def make(mongo: Mongo, schema: Schema, *structures: Structure) -> None:
    """The collections with their unique indexes; rows are tried without validators."""
    for collection in blueprint(schema, Design(structures=frozenset(structures))).collections:
        made = mongo.create_collection(collection.name)
        if collection.unique:
            made.create_indexes([IndexModel(key_of(i), **options_of(i)) for i in collection.unique])


def rows(kind: str) -> list[Row]:
    """Rows of all values, each several times, beside a few of the other columns."""
    plain = kind.removesuffix(" NOT NULL")
    values = [value for value in VALUES[plain] if value is not None or plain == kind]
    others = [(None, None, True), ("p", None, True), ("p", None, False), (None, "2020-01-01T00:00:00", None)]
    found = [dict(zip(("a", "b", "gone", "live"), (v, *o), strict=True)) for v in values for o in others * 2]
    return [{"id": number, **row} for number, row in enumerate(found)]


def taken(connection: psycopg.Connection[Any], table: str, row: Row) -> bool:
    """Insert the row into PostgreSQL; False where it is a duplicate."""
    marks = ", ".join(["%s"] * len(row))
    try:
        with connection.transaction():
            statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
            connection.execute(statement.encode(), tuple(row.values()))
    except psycopg.errors.UniqueViolation:
        return False
    return True


def accepted(mongo: Mongo, document: Row) -> bool:
    """Insert the document into `t` (or `p`) of MongoDB; False where it is a duplicate."""
    try:
        mongo["p" if "kids" in document else "t"].insert_one(document)
    except DuplicateKeyError:
        return False
    return True


@pytest.mark.parametrize(("kind", "more"), [i[1:] for i in INDEXES], ids=[i[0] for i in INDEXES])
def test_the_same_rows_are_duplicates(database: str, mongo_database: Mongo, kind: str, more: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, TABLE.format(kind=kind, more=more))
        make(mongo_database, schema)
        columns = schema.by_name[TableName("public", "t")].by_name
        for row in rows(kind):
            document = {name: stored(value, columns[name].type) for name, value in row.items()}
            document["_id"] = document.pop("id")
            assert taken(connection, "t", row) is accepted(mongo_database, document), row


CHILDREN = """
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE t (
  id int PRIMARY KEY, p_id int NOT NULL REFERENCES p, code text NOT NULL UNIQUE, slot int, word text UNIQUE,
  UNIQUE (p_id, slot), UNIQUE (code, slot)
);
"""


@pytest.mark.parametrize("many", [True, False], ids=["array", "subdocument"])
def test_embedded_rows_are_unique_between_documents(database: str, mongo_database: Mongo, many: bool) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, CHILDREN)
        make(mongo_database, schema, embed(many=many))
        children = [(1, "a"), (2, "b"), (1, "c"), (3, "a"), (4, "d"), (2, "d"), (5, "e")]
        for number, (key, code) in enumerate(children):
            connection.execute("INSERT INTO p VALUES (%s)", (number,))
            row = {"id": key, "p_id": number, "code": code, "slot": None, "word": None}
            element = {name: value for name, value in row.items() if name != "p_id"}
            kids: Any = [element] if many else element
            accepts = accepted(mongo_database, {"_id": number, "kids": kids})
            assert taken(connection, "t", row) is accepts, row
        assert all(accepted(mongo_database, {"_id": -n, "kids": [] if many else None}) for n in (1, 2, 3))


def embed(*, many: bool) -> Embed:
    """`t` in `p`."""
    return Embed(TableName("public", "t"), TableName("public", "p"), "t_p_id_fkey", "kids", many)


def kept(schema: Schema, *structures: Structure) -> tuple[list[str], tuple[str, ...]]:
    """The indexes of `t`'s keys, and what isn't kept."""
    layout = Layout(schema, frozenset(structures))
    indexes, notes = unique_indexes(layout, schema.by_name[TableName("public", "t")])
    return [create_index(index) for index in indexes], notes


def test_what_is_left_to_the_writes_is_said(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, CHILDREN)
    indexes, notes = kept(schema, embed(many=True))
    assert indexes == [
        'db.p.createIndex({"kids.id": 1}, {name: "t_pkey", unique: true, sparse: true})',
        'db.p.createIndex({"kids.code": 1}, {name: "t_code_key", unique: true, sparse: true})',
    ]
    elements = "is kept by the writes: a partial filter is about documents, not about elements of an array"
    assert notes == (
        f"t: t_code_slot_key {elements}",
        "t: t_p_id_slot_key is kept by the writes, within one array: slot",
        f"t: t_word_key {elements}",
    )


def test_what_can_not_be_kept_is_said(database: str) -> None:
    ddl = "CREATE TABLE t (id int PRIMARY KEY, at timestamp NOT NULL, a int, b int);"
    ddl += "CREATE UNIQUE INDEX sum ON t ((a + b)); CREATE UNIQUE INDEX part ON t (a) WHERE b <> 3;"
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, ddl)
    assert kept(schema) == (
        [],
        (
            "t: part isn't kept: b <> 3 can't be a partial filter",
            "t: sum isn't kept: MongoDB has no index on an expression (a + b)",
        ),
    )
    series = TimeSeries(TableName("public", "t"), "at", ("a",))
    assert [note.partition(" isn't")[0] for note in kept(schema, series)[1]] == [
        "t: t_pkey",
        "t: part",
        "t: sum",
    ]


def test_a_key_may_be_the_lower_case_of_any_name(database: str) -> None:
    ddl = 'CREATE TABLE t (id int PRIMARY KEY, "A b" varchar(9), c text);'
    ddl += 'CREATE UNIQUE INDEX one ON t (lower("A b")); CREATE UNIQUE INDEX two ON t (upper(c));'
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, ddl)
    indexes, notes = kept(schema)
    assert [index.partition(",")[0] for index in indexes] == ['db.t.createIndex({"A b": 1}']
    assert [note.partition(" isn't")[0] for note in notes if "one" not in note] == ["t: two"]


def test_the_planner_uses_a_partial_key(database: str, mongo_database: Mongo) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        schema = schema_of(connection, TABLE.format(kind="text", more="UNIQUE (a)"))
    make(mongo_database, schema)
    for condition in ({"a": "x"}, {"a": {"$in": ["x", "y"]}}, {"a": {"$gt": "x"}}):
        plan = mongo_database["t"].find(condition).explain()["queryPlanner"]["winningPlan"]
        assert "t_a_key" in str(plan)
