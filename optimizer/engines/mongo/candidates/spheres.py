"""2dsphere indexes: points within a circle, a box or a distance; alone, and behind fields of one value.

`ORDER BY a <-> b` is the distance on the plane, whose order is another one than that on the sphere: it is
computed and sorted by, and no index helps.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import SPHERE, path_key
from optimizer.model.index import Index
from optimizer.queries.facts import Operator

_SPATIAL = frozenset({Operator.NEAREST, Operator.WITHIN, Operator.CONTAINS, Operator.OVERLAPS})
_ON_A_PLANE = "the nearest on a sphere aren't those on a plane: the statement sorts by the distance"


def spheres(access: Access, collections: Collections) -> Iterator[Proposal | LeftOut]:
    """The 2dsphere indexes that the access asks for."""
    for predicate in access.predicates:
        path = predicate.term.column or ""
        column = access.table.by_name.get(path)
        if predicate.operator not in _SPATIAL or column is None or column.type.base != "point":
            continue
        if predicate.operator is Operator.NEAREST:
            yield LeftOut(f"a 2dsphere index on {path} of {access.table.name}", _ON_A_PLANE, (access.query,))
            continue
        item = path_key(path, kind=SPHERE)
        because = f"points by {path}"
        yield Proposal(Index(access.table.name, (item,), SPHERE), (access.query,), because)
        leading = [t.column for t in access.single if t.column and t.column in access.table.by_name]
        plain = [p for p in leading if collections.array(access.table.name, p) is None]
        if plain and not predicate.optional:
            keys = (*map(path_key, plain), item)
            within = f"{because}, within {', '.join(plain)}"
            yield Proposal(Index(access.table.name, keys, SPHERE), (access.query,), within)
