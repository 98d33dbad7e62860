"""Indexes on computed fields: parents in the order of a counter or a sum that they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from optimizer.design.documents.layout import ID
from optimizer.design.indexes.proposal import Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import path_key
from optimizer.model.denormalisation import Computed
from optimizer.model.index import Index
from optimizer.queries.facts import Block, Facts


def counter_indexes(collections: Collections, known: Mapping[str, tuple[Facts, ...]]) -> Iterator[Proposal]:
    """An index on each computed field that a statement with a LIMIT may be ordered by.

    The facts don't say that an order is by an aggregate: it is taken to be, where parents are grouped by
    their key over these children and the order is by no column.
    """
    for computed in collections.layout.of(Computed):
        queries = tuple(
            name
            for name, statements in known.items()
            if any(_may_order(block, computed, collections) for facts in statements for block in facts.blocks)
        )
        if queries:
            keys = (path_key(computed.field, descending=True), path_key(ID))
            because = f"{computed.table} in order of {computed.field}"
            yield Proposal(Index(computed.table, keys), queries, because, 0)


def _may_order(block: Block, computed: Computed, collections: Collections) -> bool:
    tables = {source.table for source in block.sources}
    if not block.limited or block.order or not {computed.table, computed.child} <= tables:
        return False
    aliases = {source.alias for source in block.sources if source.table == computed.table}
    grouped = {term.column for term in block.groups if term.alias in aliases}
    return collections.layout.id_column(computed.table) in grouped
