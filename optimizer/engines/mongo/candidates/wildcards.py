"""Wildcard indexes: JSON whose keys a statement gives only when it runs.

One holds every path below a field, and answers a condition on one of them; where the paths are known, a plain
index is smaller and takes other fields beside it. A time series can't have one.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.proposal import Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import WILDCARD, WILDCARD_SUFFIX, path_key
from optimizer.model.index import Index
from optimizer.queries.facts import Operator


def wildcards(access: Access, collections: Collections) -> Iterator[Proposal]:
    """A wildcard index for each JSON field that is asked for keys that aren't known."""
    if collections.layout.time_series_of(access.table.name) is not None:
        return
    for predicate in access.predicates:
        path = predicate.term.column or ""
        column = access.table.by_name.get(path)
        asked = predicate.operator in {Operator.CONTAINS, Operator.HAS_KEY}
        if asked and column is not None and column.type.base == "jsonb" and not column.type.array:
            index = Index(access.table.name, (path_key(path + WILDCARD_SUFFIX),), WILDCARD)
            yield Proposal(index, (access.query,), f"any key of {path}", 0)
