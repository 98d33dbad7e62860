"""The workload's statements, shown to the server before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.rewriting.translation import Translation, Untranslated, translated
from optimizer.engines.postgres.statements import numbered
from optimizer.errors import Problem
from optimizer.model.query import Query, SourceText
from optimizer.model.schema import Schema
from optimizer.queries.parameters import UnreadableSql, occurrences


def check_queries(
    connection: psycopg.Connection[Any], queries: Sequence[Query], schema: Schema
) -> tuple[Problem, ...]:
    """The server's own complaints (a column that isn't there, a type that doesn't fit), with their places.

    Statements are parsed and analysed, never run. A time_bucket that PostgreSQL has nothing for is a
    complaint, too.
    """
    problems = []
    for query in queries:
        for source in query.statements:
            problem = _check(connection, query, source, schema)
            if problem is not None:
                problems.append(problem)
    return tuple(problems)


def _check(
    connection: psycopg.Connection[Any], query: Query, source: SourceText, schema: Schema
) -> Problem | None:
    try:
        spoken = translated(source.text, schema, query.params)
        statement = numbered(spoken.text)
        with connection.transaction(force_rollback=True):
            connection.execute(b"PREPARE optimizer_check AS " + statement.sql.encode())
            connection.execute(b"DEALLOCATE optimizer_check")
    except Untranslated as error:
        return Problem(f"query {query.name}: {error}", source.position(error.offset), error.hint)
    except UnreadableSql as error:
        return Problem(f"query {query.name}: {error}", source.position(0))
    except psycopg.Error as error:
        if connection.broken:
            raise lost(error) from error
        return _problem(query, source, spoken, error)
    return None


_PREFIX = len("PREPARE optimizer_check AS ")


def _problem(query: Query, source: SourceText, spoken: Translation, error: psycopg.Error) -> Problem:
    diag = error.diag
    message = diag.message_primary or str(error)
    place = int(diag.statement_position) - 1 - _PREFIX if diag.statement_position else 0
    position = source.position(spoken.original(_original(spoken.text, max(0, place))))
    return Problem(f"query {query.name}: {message}", position, diag.message_hint)


def _original(sql: str, place: int) -> int:
    """The offset in the text with named parameters, from that in the one with numbered ones."""
    order = numbered(sql).parameters
    saved = 0
    for parameter in occurrences(sql):
        if parameter.start - saved >= place:
            break
        short = len(f"${order.index(parameter.name) + 1}")
        saved += (parameter.end - parameter.start) - short
    return min(place + saved, len(sql))
