"""Hash indexes: four bytes a row, however long the value.

They can win over a B-tree where one long text is compared for equality and nothing is sorted; on numbers,
dates and UUIDs a B-tree with deduplication is about as small.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.keys import key
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.model.index import Index
from optimizer.model.schema import Column
from optimizer.queries.facts import Operator, Predicate

LONG_TEXT = 30
"""Characters; above, a B-tree's entry is more than twice a hash index's (20 bytes with its pointer)."""


def hashes(access: Access) -> Iterator[Proposal | LeftOut]:
    """A hash index for a parameter compared with a long text, where that is the only term."""
    if len(access.equal) != 1 or access.ranges or access.order or access.groups:
        return
    for predicate in access.certain:
        column = access.table.by_name.get(predicate.term.column or "")
        if column is not None and _compares_a_parameter(predicate) and _is_long_text(column):
            index = Index(access.table.name, (key(predicate.term),), "hash")
            yield Proposal(index, (access.query,), f"{column.name} is long and only compared for equality", 1)


def _compares_a_parameter(predicate: Predicate) -> bool:
    return predicate.operator in {Operator.EQUAL, Operator.IN} and predicate.text is None


def _is_long_text(column: Column) -> bool:
    if column.type.array or column.type.base not in {"text", "varchar", "bpchar"}:
        return False
    return column.type.length is None or column.type.length > LONG_TEXT
