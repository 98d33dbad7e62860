"""Indexes that hold all that a statement reads, so that no document is fetched.

MongoDB has no included columns: the other fields are keys at the end (until candidates are settled they are
kept apart, in `include`). Nothing covers a statement that reads an array, joins, changes what it finds, asks
for null, or begins with sort keys and has conditions beside them. The planner doesn't drop a condition that a
partial filter implies, so a partial index has the condition's fields among its keys too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.key_lists import KeyList
from optimizer.design.indexes.keys import is_wide
from optimizer.design.indexes.proposal import MAX_INCLUDED, LeftOut, Proposal
from optimizer.engines.mongo.candidates.esr import is_read_whole
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.queries.facts import Operator


def covering(
    access: Access, collections: Collections, bare: Proposal, keys: KeyList
) -> Iterator[Proposal | LeftOut]:
    """The index with all other fields that the statement reads, where one can cover it."""
    present = {key.expression for key in bare.index.keys}
    rest = tuple(name for name in access.columns if name not in present)
    fetched = bool(access.certain or bare.index.where) and is_read_whole(access, keys)
    if not rest or fetched or not _can_be_covered(access, collections):
        return
    index = replace(bare.index, include=rest)
    subject = f"a covering index for {', '.join(k.expression for k in index.keys)} on {index.table}"
    wide = [name for name in rest if is_wide(access.table.by_name[name])]
    if wide:
        yield LeftOut(subject, f"{', '.join(wide)} may be too wide for a key", bare.queries, index)
    elif len(rest) > MAX_INCLUDED:
        yield LeftOut(subject, f"{len(rest)} more fields would be keys", bare.queries, index)
    else:
        yield replace(bare, index=index, because=f"{bare.because}, without fetching documents")


def covers(bare: Proposal, access: Access, collections: Collections) -> bool:
    """True where the index, as it is, holds all that the statement reads, and can cover it."""
    read = set(access.columns)
    return read <= {key.expression for key in bare.index.keys} and _can_be_covered(access, collections)


def _can_be_covered(access: Access, collections: Collections) -> bool:
    owner = access.table.name
    if access.changed or access.joined or access.correlated or access.joins:
        return False
    if collections.layout.time_series_of(owner) is not None:
        return False
    if any(p.operator is Operator.IS_NULL or p.term.column is None for p in access.predicates):
        return False
    known = access.table.by_name
    return all(name in known and collections.array(owner, name) is None for name in access.columns)
