"""The workload's statements, shown to the server before anything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.statements import numbered
from optimizer.errors import Problem
from optimizer.model.query import Query, SourceText
from optimizer.queries.parameters import UnreadableSql, occurrences


def check_queries(connection: psycopg.Connection[Any], queries: Sequence[Query]) -> tuple[Problem, ...]:
    """The server's own complaints (a column that isn't there, a type that doesn't fit), with their places.

    Statements are parsed and analysed, never run.
    """
    problems = []
    for query in queries:
        for source in query.statements:
            problem = _check(connection, query, source)
            if problem is not None:
                problems.append(problem)
    return tuple(problems)


def _check(connection: psycopg.Connection[Any], query: Query, source: SourceText) -> Problem | None:
    try:
        statement = numbered(source.text)
        with connection.transaction(force_rollback=True):
            connection.execute(b"PREPARE optimizer_check AS " + statement.sql.encode())
            connection.execute(b"DEALLOCATE optimizer_check")
    except UnreadableSql as error:
        return Problem(f"query {query.name}: {error}", source.position(0))
    except psycopg.Error as error:
        if connection.broken:
            raise lost(error) from error
        return _problem(query, source, error)
    return None


_PREFIX = len("PREPARE optimizer_check AS ")


def _problem(query: Query, source: SourceText, error: psycopg.Error) -> Problem:
    diag = error.diag
    message = diag.message_primary or str(error)
    place = int(diag.statement_position) - 1 - _PREFIX if diag.statement_position else 0
    position = source.position(_original(source.text, max(0, place)))
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
