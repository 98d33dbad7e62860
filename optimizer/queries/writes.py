"""Which tables a query touches, and whose indexes it has to maintain."""

from __future__ import annotations

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.queries.extract import facts
from optimizer.queries.facts import Operator, WriteKind


def maintained_tables(query: Query, schema: Schema) -> frozenset[TableName]:
    """The tables that the query inserts into or updates; a delete leaves index entries to VACUUM."""
    return frozenset(
        write.table
        for statement in query.statements
        for write in facts(statement.text, schema).writes
        if write.kind is not WriteKind.DELETE
    )


def changed_tables(query: Query, schema: Schema) -> frozenset[TableName]:
    """The tables whose rows the query changes, by what a delete or an update cascades to too."""
    changed = {write.table for s in query.statements for write in facts(s.text, schema).writes}
    while more := _cascading(changed, schema) - changed:
        changed |= more
    return frozenset(changed)


def _cascading(changed: set[TableName], schema: Schema) -> set[TableName]:
    kept = {"NO ACTION", "RESTRICT"}
    return {
        table.name
        for table in schema.tables
        for key in table.foreign_keys
        if key.target in changed and not kept >= {key.on_delete, key.on_update}
    }


def touched_tables(query: Query, schema: Schema) -> frozenset[TableName] | None:
    """The tables whose indexes can change a plan of `query`; None where that can't be told.

    Deleting from a table, or changing its key, searches the tables that refer to it.
    """
    tables: set[TableName] = set()
    left: set[TableName] = set()
    for statement in query.statements:
        known = facts(statement.text, schema)
        if not known.complete:
            return None
        tables.update(source.table for block in known.blocks for source in block.sources)
        tables.update(write.table for write in known.writes)
        left.update(write.table for write in known.writes if write.kind is not WriteKind.INSERT)
    return frozenset(tables | _referring(left, schema))


def _referring(tables: set[TableName], schema: Schema) -> set[TableName]:
    return {table.name for table in schema.tables if any(key.target in tables for key in table.foreign_keys)}


def is_write(query: Query, schema: Schema) -> bool:
    """True where the query changes rows, or can't be told not to."""
    known = [facts(statement.text, schema) for statement in query.statements]
    return any(fact.is_write for fact in known)


def searches_text(query: Query, schema: Schema) -> bool:
    """True where the query searches words: engines stem, drop and rank them differently."""
    return any(
        predicate.operator is Operator.MATCH
        for statement in query.statements
        for block in facts(statement.text, schema).blocks
        for predicate in block.predicates
    )


def inserts(query: Query, schema: Schema) -> bool:
    """True where the query inserts rows: its new keys can be used once."""
    return any(
        write.kind is WriteKind.INSERT
        for statement in query.statements
        for write in facts(statement.text, schema).writes
    )
