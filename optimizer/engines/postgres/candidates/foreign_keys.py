"""B-trees on the columns of foreign keys.

Each delete of a parent row, and each change of its key, looks for children; PostgreSQL makes no index for
that by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.design.indexes.proposal import Proposal
from optimizer.model.index import Index, IndexKey
from optimizer.model.schema import ForeignKey, Schema
from optimizer.queries.facts import Facts, Write, WriteKind
from optimizer.queries.quoting import quote_identifier


def foreign_key_indexes(schema: Schema, known: Mapping[str, tuple[Facts, ...]]) -> Iterator[Proposal]:
    """An index for each foreign key, for the queries (most often none) that make the server use it."""
    for table in schema.tables:
        for foreign in table.foreign_keys:
            keys = tuple(IndexKey(quote_identifier(name), name) for name in foreign.columns)
            queries = tuple(name for name, facts in known.items() if _looks_for_children(facts, foreign))
            because = f"a row of {foreign.target} that goes is looked for in {table.name}"
            yield Proposal(Index(table.name, keys), queries, because, len(keys))


def _looks_for_children(statements: tuple[Facts, ...], foreign: ForeignKey) -> bool:
    return any(_touches_parent(write, foreign) for facts in statements for write in facts.writes)


def _touches_parent(write: Write, foreign: ForeignKey) -> bool:
    if write.table != foreign.target or write.kind is WriteKind.INSERT:
        return False
    return write.kind is WriteKind.DELETE or not set(write.columns).isdisjoint(foreign.referenced)
