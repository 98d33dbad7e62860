"""Indexes that serve several queries: other orders of the equal columns, prefixes, and merges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from optimizer.design.indexes.covering import reversed_key
from optimizer.design.indexes.merging import merge
from optimizer.design.indexes.pool import Pool
from optimizer.design.indexes.prefixes import prefixes
from optimizer.design.indexes.proposal import MAX_INCLUDED, LeftOut, Proposal
from optimizer.model.index import Index


def aligned(pool: Pool) -> Iterator[Proposal]:
    """For a composite and another query's index on some of its equal columns: the composite with those first.

    As proposed, the composite may begin with another column, and couldn't serve the shorter one's queries.
    """
    for long in pool:
        for short in pool.of(long.index.table):
            if long.equalities < 2 or set(long.queries).issuperset(short.queries):
                continue
            if (index := _led_by(long, short.index)) is not None:
                queries = tuple(dict.fromkeys((*long.queries, *short.queries)))
                yield replace(long, index=index, queries=queries, equalities=0)


def _led_by(long: Proposal, short: Index) -> Index | None:
    index, equal = long.index, long.index.keys[: long.equalities]
    if index.include or short.include or index.where != short.where or short.method != "btree":
        return None
    lead = tuple(key for key in equal if key.expression in {k.expression for k in short.keys})
    if len(lead) != len(short.keys) or len(lead) == len(equal) or set(lead) == set(equal[: len(lead)]):
        return None
    rest = tuple(key for key in index.keys if key not in lead)
    return replace(index, keys=(*lead, *rest), name="")


def shortened(pool: Pool) -> Iterator[Proposal]:
    """The useful prefixes of each composite: smaller, and often enough."""
    for proposal in pool:
        for prefix in prefixes(proposal.index):
            if len(prefix.keys) in proposal.shorter:
                names = ", ".join(key.expression for key in proposal.index.keys)
                because = f"the front of ({names}): {proposal.because}"
                equalities = min(proposal.equalities, len(prefix.keys))
                yield Proposal(_forward(prefix), proposal.queries, because, equalities)


def _forward(index: Index) -> Index:
    """A single key ascends: read backwards it is the same."""
    if len(index.keys) == 1 and index.keys[0].descending:
        return replace(index, keys=(reversed_key(index.keys[0]),))
    return index


def merged(pool: Pool) -> Iterator[Proposal | LeftOut]:
    """One covering index in place of two that different queries asked for.

    An index whose covering version is in the pool is merged in that version only: the other would leave
    one of the queries to fetch rows.
    """
    for table in dict.fromkeys(proposal.index.table for proposal in pool):
        members = pool.of(table)
        covered = {replace(member.index, include=()) for member in members if member.index.include}
        for a, b in combinations((m for m in members if m.index not in covered), 2):
            if set(a.queries) == set(b.queries) or not (a.index.include or b.index.include):
                continue
            index = merge(a.index, b.index)
            if index is not None and index not in (a.index, b.index):
                yield _merged(index, a, b)


def _merged(index: Index, a: Proposal, b: Proposal) -> Proposal | LeftOut:
    queries = tuple(dict.fromkeys((*a.queries, *b.queries)))
    keys = ", ".join(key.expression for key in index.keys)
    if len(index.include) > MAX_INCLUDED:
        subject = f"one covering index for ({keys}) on {index.table}"
        return LeftOut(subject, f"it would include {len(index.include)} columns", queries, index)
    equalities = min(a.equalities, b.equalities)
    return Proposal(index, queries, f"one index for {' and '.join(queries)}: rows by {keys}", equalities)
