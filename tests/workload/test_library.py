"""The workloads that come with the project: they read without a problem, and PostgreSQL takes their SQL."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl
import psycopg
import pytest

from optimizer.engines.postgres.layout import TableLayout
from optimizer.model.query import SourceText
from optimizer.model.workload import Workload
from optimizer.queries.parameters import names, replace
from optimizer.workload.read import read
from tests.conftest import CreateDatabase

LIBRARY = Path(__file__).parents[2] / "workloads"
NAMES = ("shop", "saas", "events", "blog", "feed", "metrics", "devops", "iot")
ROWS = {
    "shop": (900_000, 1_100_000),
    "saas": (300_000, 400_000),
    "events": (400_000, 500_000),
    "blog": (400_000, 450_000),
    "feed": (900_000, 1_100_000),
    "metrics": (900_000, 1_100_000),
    "devops": (900_000, 1_100_000),
    "iot": (900_000, 1_100_000),
}
STATEMENTS = {
    "shop": 24,
    "saas": 14,
    "events": 14,
    "blog": 23,
    "feed": 20,
    "metrics": 11,
    "devops": 16,
    "iot": 15,
}


@pytest.fixture(params=NAMES)
def workload(request: pytest.FixtureRequest) -> Workload:
    return read(LIBRARY / f"{request.param}.yaml")


def test_every_statement_is_taken_by_postgres(
    workload: Workload, database: str, create: CreateDatabase
) -> None:
    layout = TableLayout(create(workload.ddl.text, workload.session.role).schema, frozenset())
    spoken = [text for query in workload.queries for text in layout.spoken(query).statements]
    with psycopg.connect(database) as connection:
        _make_role(connection, workload)
        connection.execute(workload.ddl.text)
        prepared = [_prepare(connection, text) for text in spoken]
        connection.rollback()
    assert len(prepared) >= STATEMENTS[workload.name]


def test_every_table_has_a_volume_and_every_datum_a_column(workload: Workload, database: str) -> None:
    with psycopg.connect(database) as connection:
        _make_role(connection, workload)
        connection.execute(workload.ddl.text)
        columns = _columns(connection)
        connection.rollback()
    assert {volume.table for volume in workload.volumes} == {table for table, _ in columns}
    assert {(entry.table, entry.column) for entry in workload.data} <= columns


def test_rows_at_scale_1(workload: Workload) -> None:
    least, most = ROWS[workload.name]
    assert least <= sum(_rows(workload).values()) <= most


def test_every_query_is_named_once(workload: Workload) -> None:
    counts = Counter(query.name for query in workload.queries)
    assert len(counts) >= STATEMENTS[workload.name]
    assert max(counts.values()) == 1


def test_every_position_is_exact(workload: Workload) -> None:
    for query in workload.queries:
        for statement in query.statements:
            assert misplaced(statement) == []


def misplaced(source: SourceText) -> list[int]:
    """Offsets of the text at whose position its file has another character."""
    lines = Path(source.file).read_text(encoding="utf-8").split("\n")
    places = [(offset, source.position(offset)) for offset, char in enumerate(source.text) if char != "\n"]
    return [offset for offset, p in places if lines[p.line - 1][p.column - 1] != source.text[offset]]


def _prepare(connection: psycopg.Connection, statement: SourceText) -> str:
    numbers = {name: number for number, name in enumerate(names(statement.text), 1)}
    text = replace(statement.text, lambda name: f"${numbers[name]}")
    connection.execute(b"PREPARE statement AS " + text.encode())
    connection.execute("DEALLOCATE statement")
    return text


def _make_role(connection: psycopg.Connection, workload: Workload) -> None:
    role = workload.session.role
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    if role and not known:
        connection.execute(psycopg.sql.SQL("CREATE ROLE {} NOLOGIN").format(psycopg.sql.Identifier(role)))


def _columns(connection: psycopg.Connection) -> set[tuple[str, str]]:
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name IN (SELECT tablename FROM pg_tables)
    """
    return set(connection.execute(query).fetchall())


def _rows(workload: Workload) -> dict[str, float]:
    rows: dict[str, float] = {}
    for volume in workload.volumes:
        if volume.file is not None:
            rows[volume.table] = pl.read_csv(volume.file).height
        else:
            rows[volume.table] = volume.rows if volume.per is None else rows[volume.per] * volume.mean
    return rows
