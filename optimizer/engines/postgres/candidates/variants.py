"""The forms of an index on one key that is no B-tree's: alone, partial, and behind scalar columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.keys import key
from optimizer.design.indexes.proposal import Proposal
from optimizer.model.index import Index, IndexKey
from optimizer.queries.facts import Predicate

_SCALARS = frozenset(
    {
        *("int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "uuid", "bool"),
        *("date", "time", "timestamp", "timestamptz", "interval", "enum"),
    }
)
"""Types that btree_gin and btree_gist have operators for."""


def variants(access: Access, predicate: Predicate, item: IndexKey, method: str) -> Iterator[Proposal]:
    """The key alone, with the constants as a partial index, and behind the columns of one value each."""
    because = f"{predicate.operator.value} on {item.expression}"
    alone = Proposal(Index(access.table.name, (item,), method), (access.query,), because)
    yield alone
    if predicate.optional:
        return
    if access.where is not None and predicate not in access.constants:
        index = replace(alone.index, where=access.where)
        yield replace(alone, index=index, because=f"{because}, only rows where {access.where}")
    if leading := _scalar_keys(access):
        names = ", ".join(k.expression for k in leading)
        index = replace(alone.index, keys=(*leading, item))
        yield replace(alone, index=index, because=f"{because}, within {names}")


def _scalar_keys(access: Access) -> tuple[IndexKey, ...]:
    """Columns compared with a parameter for equality: tenants and the like share one index by them."""
    constant = {p.term for p in access.constants}
    columns = ((t, access.table.by_name.get(t.column or "")) for t in access.single if t not in constant)
    return tuple(key(t) for t, c in columns if c is not None and not c.type.array and c.type.base in _SCALARS)
