"""PostgreSQL judges the DDL: every mistake in one go, where it stands."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.server import PostgresServer
from optimizer.errors import WorkloadError
from tests.engines.postgres.conftest import CreateDatabase

MISTAKES = """\
CREATE TABLE a (x int, y txt);
CREATE INDEX ON a (x);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
CREATE VIEW v AS SELECT * FROM b;
CREATE TABLE c (x int);
CREATE INDEX ON c (z);
CREATE EXTENSION nosuch;
SELECT 1 FROM nowhere;
"""

DUMP = """\
\\restrict secret
SET statement_timeout = 0;
SET some_setting_of_a_newer_server = 1;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA app;
CREATE TYPE app.status AS ENUM ('new', 'paid');
ALTER TYPE app.status OWNER TO dump_owner;
CREATE TABLE app."Order" (id bigint NOT NULL, status app.status);
ALTER TABLE app."Order" OWNER TO dump_owner;
ALTER TABLE ONLY app."Order" ADD CONSTRAINT order_pkey PRIMARY KEY (id);
GRANT SELECT ON TABLE app."Order" TO dump_reader;
\\unrestrict secret
"""


def test_all_mistakes_are_told_where_they_stand_without_those_that_follow(create: CreateDatabase) -> None:
    with pytest.raises(WorkloadError) as caught:
        create(MISTAKES)
    assert [str(problem).split(";")[0] for problem in caught.value.problems] == [
        'schema.sql:1:26: type "txt" does not exist',
        'schema.sql:6:1: column "z" does not exist',
        'schema.sql:7:1: extension "nosuch" is not available on this PostgreSQL server',
        'schema.sql:8:15: relation "nowhere" does not exist',
    ]


def test_a_refused_schema_leaves_no_database(postgres: PostgresServer, create: CreateDatabase) -> None:
    count = "SELECT count(*) FROM pg_database WHERE starts_with(datname, 'optimizer_')"
    database = create("SELECT 1")
    before = database._connection.execute(count).fetchone()
    with pytest.raises(WorkloadError):
        create("SELECT nothing")
    assert database._connection.execute(count).fetchone() == before


def test_a_dump_with_owners_and_grants_is_taken(create: CreateDatabase) -> None:
    database = create(DUMP)
    assert [str(table.name) for table in database.schema.tables] == ["app.Order"]
    owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'Order'"
    assert database._connection.execute(owner).fetchone() == ("dump_owner",)


def test_missing_roles_are_gone_when_the_server_is_closed(
    postgres: PostgresServer, create: CreateDatabase
) -> None:
    create(DUMP)
    create(
        DUMP
        + "CREATE ROLE made_by_ddl; CREATE TABLE public.t (a int); ALTER TABLE public.t OWNER TO made_by_ddl;"
    )
    watcher = create("CREATE ROLE made_by_ddl;")
    query = "SELECT count(*) FROM pg_roles WHERE rolname IN ('dump_owner', 'dump_reader', 'made_by_ddl')"
    assert watcher._connection.execute(query).fetchone() == (3,)
    for name, database in tuple(postgres._databases.items()):
        if database is not watcher:
            database.drop()
            assert name not in postgres._databases
    postgres._where.forget_roles()
    assert watcher._connection.execute(query).fetchone() == (0,)


def test_the_role_of_the_workload_is_made_and_may_work(create: CreateDatabase) -> None:
    database = create("CREATE SCHEMA s; CREATE TABLE s.t (id serial, a int);", role="app_user")
    with_role = database._connection
    with_role.execute("SET ROLE app_user")
    with_role.execute("INSERT INTO s.t (a) VALUES (1)")
    assert with_role.execute("SELECT current_user, a FROM s.t").fetchall() == [("app_user", 1)]


@pytest.mark.parametrize(
    ("ddl", "what"),
    [
        ("CREATE TABLE a (i int);\nCREATE TABLE b (j int) INHERITS (a);", "2:1: b inherits"),
        (
            "CREATE EXTENSION file_fdw;\nCREATE SERVER s FOREIGN DATA WRAPPER file_fdw;\n"
            "CREATE FOREIGN TABLE f (i int) SERVER s OPTIONS (filename '/dev/null');",
            "3:1: f is a foreign table",
        ),
    ],
)
def test_tables_that_cannot_be_filled_are_named(create: CreateDatabase, ddl: str, what: str) -> None:
    with pytest.raises(WorkloadError, match=what):
        create(ddl)
