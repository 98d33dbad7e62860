"""BRIN indexes: a few kilobytes for ranges over a column that grows as rows are appended."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.indexes.access import Access
from optimizer.design.indexes.growing import grows
from optimizer.design.indexes.keys import key
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.model.index import Index
from optimizer.queries.facts import Operator

PAGES_PER_RANGE = ("32", "")
"""Finer than PostgreSQL's default of 128 pages (the empty text), and the default itself."""


def brins(access: Access) -> Iterator[Proposal | LeftOut]:
    """BRIN indexes for the ranges over columns whose values grow with time."""
    for predicate in access.certain:
        column = access.table.by_name.get(predicate.term.column or "")
        if column is None or predicate.operator is not Operator.RANGE or not grows(column):
            continue
        for pages in PAGES_PER_RANGE:
            options = (("pages_per_range", pages),) if pages else ()
            index = Index(access.table.name, (key(predicate.term),), "brin", options=options)
            yield Proposal(index, (access.query,), f"{column.name} grows as rows are added", 0)
