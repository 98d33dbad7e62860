"""GiST indexes: points, ranges, and the nearest text by trigrams.

With columns compared for equality beside a range (a room's bookings), they go first in the same index
(btree_gist).
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.keys import key, why_no_key
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.postgres.candidates.variants import variants
from optimizer.model.index import IndexKey
from optimizer.model.schema import Table
from optimizer.queries.facts import Operator, Predicate

_SHAPES = frozenset({"point", "box", "circle", "polygon", "geometry", "geography"})
_TEXTS = frozenset({"text", "varchar", "bpchar"})


def spatial(access: Access) -> Iterator[Proposal | LeftOut]:
    """All GiST indexes that the access asks for."""
    for predicate in access.predicates:
        item = _key(predicate, access.table)
        if item is None:
            continue
        if reason := why_no_key(predicate.term, access.table):
            yield LeftOut(f"GiST on {predicate.term.expression}", reason, (access.query,))
            continue
        yield from variants(access, predicate, item, "gist")


def _key(predicate: Predicate, table: Table) -> IndexKey | None:
    column = table.by_name.get(predicate.term.column or "")
    base = column.type.base if column is not None and not column.type.array else ""
    match predicate.operator:
        case Operator.NEAREST if base in _TEXTS:
            return key(predicate.term, opclass="gist_trgm_ops")
        case Operator.NEAREST if column is None or base in _SHAPES:
            return key(predicate.term)
        case Operator.CONTAINS | Operator.OVERLAPS if base in _SHAPES or base.endswith("range"):
            return key(predicate.term)
        case Operator.CONTAINS | Operator.OVERLAPS if column is None and is_shape(predicate.term.expression):
            return key(predicate.term)
    return None


def is_shape(expression: str) -> bool:
    """True for an expression that makes a range or a shape, by the function that it calls."""
    name = expression.strip("( ").partition("(")[0].strip().lower()
    return name in _SHAPES or name.endswith("range")
