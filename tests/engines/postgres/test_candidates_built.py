"""A real server takes every candidate of the golden pairs, and refuses what is left out as not immutable."""

from __future__ import annotations

import psycopg
import pytest

from optimizer.design.indexes.immutable import why_not_immutable
from optimizer.engines.postgres.candidates import consider
from optimizer.engines.postgres.catalog.indexes import canonical
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Schema, Table
from optimizer.queries.extract import facts
from optimizer.queries.quoting import quote_identifier
from tests.engines.postgres.candidate_schema import SAMPLE, ddl
from tests.engines.postgres.test_candidates_golden import GOLDEN, SESSION, statement_of

MOMENTS = Schema(
    (
        Table(
            TableName("public", "moments"),
            (
                Column("at", ColumnType("timestamptz", "timestamptz")),
                Column("local", ColumnType("timestamp", "timestamp")),
                Column("text", ColumnType("text", "text")),
            ),
        ),
    )
)


def test_every_candidate_can_be_built(database: str) -> None:
    known = {path.stem: (facts(statement_of(path.read_text()), SAMPLE),) for path in GOLDEN}
    indexes = [candidate.index for candidate in consider(known, SAMPLE, SESSION).candidates]
    with psycopg.connect(database) as connection:
        connection.execute(ddl(SAMPLE).encode())
        taken = canonical(connection, indexes, SAMPLE)
    assert {index.name: text for index, text in taken.items() if isinstance(text, str)} == {}
    assert len(taken) > 60


@pytest.mark.parametrize(
    ("expression", "immutable"),
    [
        ("LOWER(text)", True),
        ("DATE_TRUNC('day', local)", True),
        ("DATE_TRUNC('day', at)", False),
        ("DATE_TRUNC('day', at AT TIME ZONE 'UTC')", True),
        ("DATE_TRUNC('day', at, 'UTC')", True),
        ("EXTRACT(YEAR FROM local)", True),
        ("EXTRACT(YEAR FROM at)", False),
        ("EXTRACT(EPOCH FROM at)", False),
        ("CAST(at AS DATE)", False),
        ("CAST(local AS DATE)", True),
        ("TO_TSVECTOR(text)", False),
        ("TO_TSVECTOR('english', text)", True),
        ("CONCAT(text, 'x')", False),
        ("text || 'x'", True),
        ("local - NOW()", False),
        ("local < CURRENT_DATE", False),
    ],
)
def test_what_is_left_out_is_what_the_server_refuses(database: str, expression: str, immutable: bool) -> None:
    table = MOMENTS.tables[0]
    with psycopg.connect(database) as connection:
        connection.execute(ddl(MOMENTS).encode())
        index = Index(table.name, (IndexKey(expression),))
        taken = canonical(connection, [index], MOMENTS)[index]
    assert isinstance(taken, Index) is immutable
    assert (why_not_immutable(expression, table) is None) is immutable


def test_names_are_quoted_as_the_server_quotes_them(database: str) -> None:
    with psycopg.connect(database) as connection:
        words = connection.execute("SELECT word, quote_ident(word) FROM pg_get_keywords()").fetchall()
    assert [(word, quote_identifier(word)) for word, _ in words] == words
