"""Indexes on the fields of foreign keys.

`$lookup` finds children by them. The server keeps no foreign key: a parent that goes is looked for among its
children by the statement itself, and so are the copies of a parent that changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.design.indexes.proposal import Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import path_index
from optimizer.model.schema import ForeignKey, Table
from optimizer.queries.facts import Facts, Write, WriteKind


def foreign_key_indexes(
    collections: Collections, known: Mapping[str, tuple[Facts, ...]]
) -> Iterator[Proposal]:
    """An index for each foreign key, for the queries that look for children, or for copies."""
    layout = collections.layout
    for table in layout.schema.tables:
        for foreign in table.foreign_keys:
            paths = tuple(dict.fromkeys(layout.path(table.name, name) for name in foreign.columns))
            copied = _copied(collections, table, foreign)
            queries = tuple(
                name
                for name, facts in known.items()
                if any(_looks(write, foreign, copied) for fact in facts for write in fact.writes)
            )
            because = f"a row of {foreign.target} that goes is looked for in {table.name}"
            because += ", and one that changes has copies there" if copied else ""
            index = path_index(collections.owner(table.name), *paths)
            yield Proposal(index, queries, because, len(paths))


def _copied(collections: Collections, table: Table, foreign: ForeignKey) -> frozenset[str]:
    """The parent's columns that the table's documents hold by this key."""
    copies = collections.layout.copies_in(table.name)
    return frozenset(c for copy in copies if copy.key == foreign.name for c in copy.columns)


def _looks(write: Write, foreign: ForeignKey, copied: frozenset[str]) -> bool:
    if write.table != foreign.target or write.kind is WriteKind.INSERT:
        return False
    return write.kind is WriteKind.DELETE or not set(write.columns).isdisjoint({*foreign.referenced, *copied})
