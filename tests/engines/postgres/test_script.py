"""A DDL text is cut where psql would cut it, and what isn't a schema is told."""

from __future__ import annotations

import pytest

from optimizer.engines.postgres.scripts.script import statements
from optimizer.errors import WorkloadError
from optimizer.model.query import SourceText


def cut(text: str) -> list[str]:
    return [statement.text for statement in statements(SourceText(text, "schema.sql"))]


def problems(text: str) -> list[str]:
    with pytest.raises(WorkloadError) as caught:
        cut(text)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'a;b', \"c;d\", $$e;f$$, $x$ $$; $x$, E'it\\'s; x' /* ; /* ; */ ; */ + 1",
        "SELECT 1 -- it's a comment; really\n + 1",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
        "CREATE RULE r AS ON INSERT TO t DO INSTEAD (INSERT INTO a VALUES (1); INSERT INTO b VALUES (2))",
        "DO $$ BEGIN PERFORM 1; PERFORM 2; END $$",
        "COMMENT ON TABLE t IS 'a; b'",
    ],
)
def test_a_semicolon_inside_a_statement_does_not_end_it(statement: str) -> None:
    assert cut(f"SELECT 0;\n{statement};\nSELECT 3;") == ["SELECT 0", statement, "SELECT 3"]


def test_offsets_lead_back_into_the_text() -> None:
    text = "\\restrict x'y\n\nSELECT 1;\n  -- note\n  CREATE TABLE a (b int)\n;"
    found = statements(SourceText(text, "schema.sql"))
    assert [text[s.offset : s.offset + len(s.text)] for s in found] == [s.text for s in found]
    assert [s.words[0] for s in found] == ["SELECT", "CREATE"]


def test_transactions_of_the_script_are_left_out() -> None:
    assert cut("BEGIN; CREATE TABLE a (b int); COMMIT; START TRANSACTION; END;") == ["CREATE TABLE a (b int)"]


def test_everything_that_is_no_schema_is_told_at_once() -> None:
    told = problems(
        "CREATE TABLE a (b text);\nCOPY a (b) FROM stdin;\nit's\n\\.\n\\connect other\nCREATE DATABASE x;"
    )
    assert [line.split(": ")[0] for line in told] == ["schema.sql:2:1", "schema.sql:5:1", "schema.sql:6:1"]
    assert "pg_dump --schema-only" in told[0]
    assert "\\connect" in told[1]
    assert "CREATE DATABASE" in told[2]


def test_an_unclosed_string_is_told_at_its_statement() -> None:
    assert problems("SELECT 1;\nSELECT ';';\n  SELECT 'abc;\nSELECT 2;")[0].startswith("schema.sql:3:3: ")
