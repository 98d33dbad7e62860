"""How many indexes a collection may have, and which ones stay where there would be more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.mongo.indexes import TEXT
from optimizer.model.index import Index
from optimizer.model.names import TableName

MAX_INDEXES = 64
"""MongoDB's limit for a collection, `_id`'s and the unique ones among them."""


def within_limit(
    proposals: Iterable[Proposal], keys: Mapping[TableName, tuple[Index, ...]], shares: Mapping[str, float]
) -> tuple[tuple[Proposal, ...], tuple[LeftOut, ...]]:
    """As many proposals a collection as there is room for, those that most of the mix asks for first."""
    every = tuple(proposals)
    dropped: set[Index] = set()
    for table in dict.fromkeys(proposal.index.table for proposal in every):
        own = [proposal for proposal in every if proposal.index.table == table]
        room = max(0, MAX_INDEXES - len(keys.get(table, ())))
        ranked = sorted(own, key=lambda p: (p.index.method != TEXT, -_share(p, shares)))
        dropped |= {proposal.index for proposal in ranked[room:]}
    left_out = tuple(
        LeftOut(
            f"({', '.join(key.expression for key in p.index.keys)}) on {p.index.table}",
            f"a collection has {MAX_INDEXES} indexes at most, and more of the mix asks for the others",
            p.queries,
            p.index,
        )
        for p in every
        if p.index in dropped
    )
    return tuple(p for p in every if p.index not in dropped), left_out


def _share(proposal: Proposal, shares: Mapping[str, float]) -> float:
    return sum(shares.get(query, 0.0) for query in proposal.queries)
