"""A design's DDL: the user's own text but for its secondary indexes, and exactly the design's indexes."""

from __future__ import annotations

import psycopg
import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.scripts.schema_script import schema_script
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema, Table
from tests.conftest import CreateDatabase

DUMP = """\
-- PostgreSQL database dump
\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA audit;
CREATE TABLE public.users (
    id bigint NOT NULL,
    email text NOT NULL, -- kept; to the letter
    "Name" text
);
CREATE TABLE audit.log (id bigint NOT NULL, kind text NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE audit.log_1 (id bigint NOT NULL, kind text NOT NULL, day date NOT NULL);
ALTER TABLE ONLY audit.log ATTACH PARTITION audit.log_1 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE MATERIALIZED VIEW public.names AS SELECT users."Name" AS name FROM public.users WITH NO DATA;
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE INDEX names_name ON public.names USING btree (name);
{gone}CREATE UNIQUE INDEX users_email ON public.users USING btree (lower(email));
COMMENT ON INDEX public.users_email IS 'stays';
COMMENT ON INDEX public.names_name IS 'stays; too';
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT 'CREATE INDEX no ON users (id);' $$;
\\unrestrict abc
"""
GONE = """\
CREATE INDEX "Users by name" ON public.users USING btree ("Name") WHERE ("Name" <> ';'::text);
CREATE INDEX users_clustered ON public.users USING btree (email);
COMMENT ON INDEX public."Users by name" IS 'goes';
CREATE INDEX log_kind_idx ON ONLY audit.log USING btree (kind);
CREATE INDEX log_1_kind_idx ON audit.log_1 USING btree (kind);
ALTER INDEX audit.log_kind_idx ATTACH PARTITION audit.log_1_kind_idx;
ALTER INDEX public."Users by name" SET (fillfactor = 90);
ALTER TABLE public.users CLUSTER ON users_clustered;
"""
USERS, LOG = TableName("public", "users"), TableName("audit", "log")
BY_EMAIL = Index(USERS, (IndexKey("email", "email"),), include=("Name",))
BY_WORDS = Index(USERS, (IndexKey('"Name"', "Name", opclass="gin_trgm_ops"),), method="gin")
BY_DAY = Index(LOG, (IndexKey("kind", "kind"), IndexKey("day", "day", descending=True)))


def script(text: str, schema: Schema, *indexes: Index) -> str:
    source = SourceText(text, "schema.sql")
    return schema_script(source, TableLayout(schema), indexes, {i: ["because", "size"] for i in indexes})


def given(*names: str) -> Schema:
    """A schema that knows only the names of its user's own indexes."""
    keys = (IndexKey("a", "a"),)
    tables = (Table(TableName("public", "t"), ()),)
    return Schema(tables, tuple(Index(TableName("public", "t"), keys, name=name) for name in names))


def test_a_dump_keeps_its_letters_and_gets_the_designs_indexes(create: CreateDatabase) -> None:
    first = create(DUMP.format(gone=GONE))
    assert {index.name for index in first.schema.given} == {
        "Users by name",
        "users_clustered",
        "log_kind_idx",
    }
    text = DUMP.format(gone=GONE)
    assert script(text, first.schema) == DUMP.format(gone="")

    wanted = {BY_EMAIL, BY_WORDS, BY_DAY}
    chosen = script(text, first.schema, *wanted)
    assert chosen.startswith(DUMP.format(gone=""))
    assert "-- because\n-- size\nCREATE INDEX " in chosen
    second = create(chosen)
    assert set(second.schema.given) == wanted
    assert second.schema.tables == first.schema.tables
    assert second.schema.unique_indexes == first.schema.unique_indexes
    assert "pg_trgm" in second.schema.extensions


def test_the_users_own_indexes_keep_their_names(create: CreateDatabase) -> None:
    first = create("CREATE TABLE t (a int, b int); CREATE INDEX mine ON t (a); CREATE INDEX ON t (a, b);")
    again = create(script("CREATE TABLE t (a int, b int);", first.schema, *first.schema.given))
    assert sorted(index.name for index in again.schema.given) == ["mine", "t_a_b_idx"]
    assert set(again.schema.given) == set(first.schema.given)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\nSELECT 1;\n",
            "CREATE TABLE t (a int);\nSELECT 1;\n",
        ),
        ("CREATE TABLE t (a int); CREATE INDEX i ON t (a); SELECT 1;", "CREATE TABLE t (a int); SELECT 1;\n"),
        ("CREATE TABLE t (a int);\nCREATE INDEX i ON t (a)", "CREATE TABLE t (a int);\n"),
        (
            "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a) -- one; two\n;\nSELECT 1;",
            "CREATE TABLE t (a int);\nSELECT 1;\n",
        ),
        (
            "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)\n-- the; end\n",
            "CREATE TABLE t (a int);\n-- the; end\n",
        ),
        ("CREATE TABLE t (a int);\nCREATE UNIQUE INDEX u ON t (a);", None),
        ("CREATE TABLE t (a int);\nCOMMENT ON INDEX u IS 'i';\nCOMMENT ON TABLE t IS 'i';", None),
    ],
)
def test_what_goes_and_what_stays(text: str, left: str | None) -> None:
    assert script(text, given("i")) == (left if left is not None else f"{text}\n")


@pytest.mark.parametrize(
    "more",
    [
        "CREATE INDEX old ON t (b);\nALTER INDEX old RENAME TO new;\nCOMMENT ON INDEX new IS 'x';",
        "CREATE INDEX old ON t (b);\nCOMMENT ON INDEX old IS 'x';\nALTER INDEX old RENAME TO new;",
        "CREATE INDEX old ON t (b);\nDROP INDEX old;",
        "CREATE INDEX ON t (b);\nCOMMENT ON INDEX t_b_idx IS 'x';",
    ],
    ids=["renamed", "renamed after its comment", "dropped", "unnamed"],
)
def test_indexes_with_a_history_leave_nothing_behind(create: CreateDatabase, more: str) -> None:
    text = f"CREATE TABLE t (a int, b int);\n{more}\n"
    first = create(text)
    bare = script(text, first.schema)
    assert bare == "CREATE TABLE t (a int, b int);\n"
    assert create(bare).schema.given == ()


def test_names_that_are_taken_are_not_used_again() -> None:
    t = TableName("public", "t")
    schema = Schema((Table(t, ()),), unique_indexes=(Index(t, (IndexKey("b", "b"),), name="t_a_idx"),))
    text = script("CREATE TABLE t (a int);", schema, Index(t, (IndexKey("a", "a"),)))
    assert "CREATE INDEX t_a_idx " not in text
    assert " ON t (a);" in text


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('CREATE TABLE t (id int); GRANT SELECT ON t TO "it\'s";', True),
        ('CREATE ROLE "it\'s"; CREATE TABLE t (id int); GRANT SELECT ON t TO "it\'s";', False),
        ("CREATE TABLE t (id int);", False),
    ],
)
def test_a_role_that_the_text_only_speaks_of_is_made(text: str, made: bool, database: str) -> None:
    script = schema_script(SourceText(text, "s.sql"), TableLayout(Schema(())), (), {}, "it's")
    assert ("DO $$" in script) == made
    with psycopg.connect(database) as connection:
        connection.execute(script.encode())
        connection.rollback()
