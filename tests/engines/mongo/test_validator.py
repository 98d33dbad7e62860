"""The validator takes what PostgreSQL takes and refuses what it refuses: the same values on both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import WriteError

from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.values import stored
from optimizer.engines.postgres.catalog.schema import read_schema
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import ColumnType, Schema
from optimizer.model.structure import Structure

Document = dict[str, Any]
Mongo = Database[Document]

TEXTS = (
    *("", " ", "  ", "a", "ab", "abc", "abcd", "A", "aé", "𝄞𝄞𝄞", "a\nb", "abc\n", "\n"),
    *("%", "a%b", "ABC", "ab1", "12"),
)
NUMBERS = tuple(
    map(Decimal, ("0", "-1", "1", "0.01", "-0.01", "4.99", "5", "5.01", "99.99", "99.994", "99.995", "-100"))
)
WHOLE = (0, 1, -1, 4, 5, 6, 9, 10, 11, 32767, -32768, 2**31 - 1, -(2**31))
SMALL = tuple(value for value in WHOLE if abs(value) < 40_000)
DAYS = (datetime(2020, 1, 1), datetime(2019, 12, 31, 23, 59, 59), datetime(1960, 1, 1))
LISTS = ([], ["a"], ["a", "b"], ["a", None], ["a", "b", "c"])
JSON = ({}, [], {"a": 1}, "x", 1, 1.5, True, [1, {"b": None}])

CHECKS: tuple[tuple[str, str, Sequence[Any]], ...] = (
    ("varchar(3)", "", TEXTS),
    ("text", "x IN ('a', 'ab', 'A')", TEXTS),
    ("text", "x NOT IN ('a', 'ab')", TEXTS),
    ("text", "x <> 'a'", TEXTS),
    ("varchar(4)", "x = 'a' OR x = 'abcd'", TEXTS),
    ("text", "x LIKE 'a%'", TEXTS),
    ("text", "x NOT LIKE '%b'", TEXTS),
    ("text", "x ILIKE 'a_'", TEXTS),
    ("text", r"x LIKE 'a\%b'", TEXTS),
    ("text", "x ~ '^[a-z]+$'", TEXTS),
    ("text", "x ~ 'b$'", TEXTS),
    ("text", "x !~ '^a.b'", TEXTS),
    ("text", "x ~* '^[a-z]{3}$'", TEXTS),
    ("text", r"x ~ '^\d+$'", TEXTS),
    ("text", "length(x) >= 3", TEXTS),
    ("varchar(10)", "char_length(x) < 3", TEXTS),
    ("text", "length(x) = 2", TEXTS),
    ("text", "length(x) <> 2", TEXTS),
    ("text", "length(x) <> 0", TEXTS),
    ("text", "length(x) >= 1 AND length(x) <= 3", TEXTS),
    ("text", "length(btrim(x)) > 0", TEXTS),
    ("text", "btrim(x) <> ''", TEXTS),
    ("text", "trim(x) <> ''", TEXTS),
    ("text", "x > 'a'", TEXTS),
    ("text", "lower(x) = x", TEXTS),
    ("numeric(4,2)", "", NUMBERS),
    ("numeric(4,2)", "x >= 0", NUMBERS),
    ("numeric(4,2)", "x > 0 AND x < 5", NUMBERS),
    ("numeric(6,2)", "x BETWEEN 0.01 AND 5", NUMBERS),
    ("numeric", "x NOT BETWEEN 0 AND 5", NUMBERS),
    ("numeric(6,2)", "x IN (0, 5)", NUMBERS),
    ("numeric(6,2)", "x <> 5", NUMBERS),
    ("numeric(6,2)", "x < 0 OR x > 4.99", NUMBERS),
    ("numeric(6,2)", "NOT (x > 5)", NUMBERS),
    ("numeric(6,2)", "x <= 5 - x", NUMBERS),
    ("int4", "x > 0", WHOLE),
    ("int4", "x >= 1 AND x <= 5", WHOLE),
    ("int4", "x IN (1, 5, 10)", WHOLE),
    ("int4", "5 < x", WHOLE),
    ("int4", "x * 2 > 9 AND x < 1000", SMALL),
    ("int4", "NOT (x = 5 OR x > 9)", WHOLE),
    ("int4", "x IS NOT NULL", WHOLE),
    ("int4", "x IS NULL OR x > 4", WHOLE),
    ("int2", "", SMALL),
    ("int8", "x > 5", (*WHOLE, 2**40)),
    ("float8", "x >= 0.5", (0.0, 0.5, 0.49, -1.0, 1e300)),
    ("bool", "x", (True, False)),
    ("bool", "NOT x", (True, False)),
    ("bool", "x IS NOT NULL", (True, False)),
    ("timestamp", "x >= '2020-01-01'", DAYS),
    ("timestamp", "x = '2020-01-01'", DAYS),
    ("uuid", "", (UUID(int=0), UUID(int=5))),
    ("text[]", "cardinality(x) > 0", LISTS),
    ("text[]", "array_length(x, 1) <= 2", LISTS),
    ("jsonb", "", JSON),
    ("jsonb", "jsonb_typeof(x) = 'object'", JSON),
    ("jsonb", "jsonb_typeof(x) = 'number'", JSON),
)
REFUSED = 121
UNKEPT = frozenset({"lower(x) = x"})


@pytest.fixture(scope="module")
def connection(server: PostgresEndpoint) -> Iterator[psycopg.Connection[Any]]:
    """A database of its own for the tables of this module."""
    name = "test_validator"
    with psycopg.connect(server.conninfo, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'".encode())
        with psycopg.connect(server.conninfo, dbname=name, autocommit=True) as opened:
            yield opened
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def made(mongo: Mongo, schema: Schema, *structures: Structure) -> Collection[Document]:
    """The first collection of the schema's blueprint."""
    first = blueprint(schema, Design(structures=frozenset(structures))).collections[0]
    mongo.create_collection(first.name, **first.options)
    return mongo[first.name]


def table(connection: psycopg.Connection[Any], ddl: str) -> Schema:
    """The schema of the DDL, in an empty database."""
    connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.execute(ddl.encode())
    return read_schema(connection, SourceText(ddl, "test.sql"))


def takes(connection: psycopg.Connection[Any], columns: str, values: Sequence[Any]) -> bool:
    """True where PostgreSQL takes the row."""
    marks = ", ".join(["%s"] * len(values))
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"INSERT INTO t ({columns}) VALUES ({marks})".encode(), values)
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError):
        return False
    return True


def accepts(collection: Collection[Document], document: Document) -> bool:
    """True where MongoDB takes the document."""
    try:
        collection.insert_one(dict(document))
    except WriteError as error:
        if error.code != REFUSED:
            raise
        return False
    return True


def sent(value: Any, type_: ColumnType) -> tuple[Any, Any]:
    """The value as psycopg takes it, and as a document holds it."""
    if type_.base == "jsonb" and value is not None:
        return Jsonb(value), stored(json.dumps(value), type_)
    return value, stored(value, type_)


@pytest.mark.parametrize("not_null", [False, True], ids=["nullable", "not null"])
@pytest.mark.parametrize(("kind", "check", "values"), CHECKS, ids=[f"{k} {c}" for k, c, _ in CHECKS])
def test_the_same_values_are_taken(
    connection: psycopg.Connection[Any],
    mongo_database: Mongo,
    kind: str,
    check: str,
    values: Sequence[Any],
    not_null: bool,
) -> None:
    constraint = ("NOT NULL " if not_null else "") + (f"CHECK ({check})" if check else "")
    schema = table(connection, f"CREATE TABLE t (id int PRIMARY KEY, x {kind} {constraint})")
    notes = blueprint(schema, Design()).notes
    assert any("CHECK" in note for note in notes) is (check in UNKEPT)
    collection, type_ = made(mongo_database, schema), schema.tables[0].by_name["x"].type
    different = []
    for number, value in enumerate([None, *values]):
        row, field = sent(value, type_)
        taken = takes(connection, "id, x", (1, row))
        if taken is not accepts(collection, {"_id": number, "x": field}):
            different.append(value)
    assert different == [] or check in UNKEPT


ROWS = """
CREATE TABLE t (
  id int PRIMARY KEY,
  name varchar(5) NOT NULL CHECK (name <> 'x'),
  low numeric(4, 1),
  high numeric(5, 2) CHECK (high < 100),
  starts timestamp NOT NULL,
  ends timestamp,
  kind text CHECK (kind IN ('a', 'b')),
  CHECK (low <= high),
  CHECK (ends > starts),
  CHECK (kind <> 'a' OR low > 0),
  CHECK (kind IS NULL OR name <> 'y' OR ends IS NOT NULL),
  CHECK (NOT (kind = 'b' AND low + high > 50)),
  CHECK (length(name) > 1 OR kind IS NOT NULL)
)
"""
CHILDREN = ROWS.replace("id int PRIMARY KEY", "id int PRIMARY KEY, p_id int NOT NULL REFERENCES p (id)")
TIMES = st.sampled_from([datetime(2020, 1, day) for day in (1, 2, 3)])
DECIMALS = st.none() | st.sampled_from([Decimal(n) for n in ("0", "-3", "0.1", "30", "49.9", "99.95", "999")])
ROW = st.fixed_dictionaries(
    {
        "name": st.none() | st.sampled_from(["x", "y", "z", "yy", "ééééé", "zzzzzz", ""]),
        "low": DECIMALS,
        "high": DECIMALS,
        "starts": st.none() | TIMES,
        "ends": st.none() | TIMES,
        "kind": st.none() | st.sampled_from(["a", "b", "c"]),
    }
)


def test_whole_rows_are_taken_and_refused_alike(
    connection: psycopg.Connection[Any], mongo_database: Mongo
) -> None:
    schema = table(connection, ROWS)
    assert blueprint(schema, Design()).notes == ()
    collection, columns = made(mongo_database, schema), schema.tables[0].by_name
    seen: set[bool] = set()

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ROW)
    def same(row: Document) -> None:
        document = {name: stored(v, columns[name].type) for name, v in row.items()}
        taken = takes(connection, ", ".join(("id", *row)), (1, *row.values()))
        assert taken is accepts(collection, {"_id": next(numbers), **document})
        seen.add(taken)

    numbers = count(1)
    same()
    assert seen == {True, False}


@pytest.mark.parametrize("many", [True, False], ids=["array", "subdocument"])
def test_embedded_rows_are_validated_like_rows(
    connection: psycopg.Connection[Any], mongo_database: Mongo, many: bool
) -> None:
    schema = table(connection, "CREATE TABLE p (id int PRIMARY KEY, note text);" + CHILDREN)
    embed = Embed(TableName("public", "t"), TableName("public", "p"), "t_p_id_fkey", "rows", many)
    collection, columns = made(mongo_database, schema, embed), schema.tables[1].by_name
    connection.execute("INSERT INTO p VALUES (1)")
    fine = {
        "id": 1,
        "name": "ok",
        "low": None,
        "high": None,
        "starts": datetime(2020, 1, 1),
        "ends": None,
        "kind": None,
    }
    numbers = count(1)

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ROW)
    def same(row: Document) -> None:
        element = {"id": 2, **{name: stored(v, columns[name].type) for name, v in row.items()}}
        taken = takes(connection, ", ".join(("id", "p_id", *row)), (2, 1, *row.values()))
        rows: Any = [fine, element] if many else element
        assert taken is accepts(collection, {"_id": next(numbers), "note": None, "rows": rows})

    same()
    assert accepts(collection, {"_id": 0, "note": None, "rows": [] if many else None})


def test_a_document_has_all_fields_and_no_others(
    connection: psycopg.Connection[Any], mongo_database: Mongo
) -> None:
    schema = table(connection, "CREATE TABLE t (id int PRIMARY KEY, a int, words tsvector)")
    collection = made(mongo_database, schema)
    assert accepts(collection, {"_id": 1, "a": None})
    assert not accepts(collection, {"_id": 2})
    assert not accepts(collection, {"_id": 3, "a": 1, "b": 1})
    assert not accepts(collection, {"_id": None, "a": 1})
    assert not accepts(collection, {"_id": 5, "a": "1"})
