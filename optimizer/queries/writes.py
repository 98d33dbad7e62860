"""Which tables' indexes a query has to maintain."""

from __future__ import annotations

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.queries.extract import facts
from optimizer.queries.facts import WriteKind


def maintained_tables(query: Query, schema: Schema) -> frozenset[TableName]:
    """The tables that the query inserts into or updates; a delete leaves index entries to VACUUM."""
    return frozenset(
        write.table
        for statement in query.statements
        for write in facts(statement.text, schema).writes
        if write.kind is not WriteKind.DELETE
    )


def is_write(query: Query, schema: Schema) -> bool:
    """True where the query changes rows, or can't be told not to."""
    known = [facts(statement.text, schema) for statement in query.statements]
    return any(fact.is_write for fact in known)


def inserts(query: Query, schema: Schema) -> bool:
    """True where the query inserts rows: its new keys can be used once."""
    return any(
        write.kind is WriteKind.INSERT
        for statement in query.statements
        for write in facts(statement.text, schema).writes
    )
