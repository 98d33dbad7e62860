"""BRIN indexes: a few kilobytes for ranges over a column that grows as rows are appended."""

from __future__ import annotations

import re
from collections.abc import Iterator

from optimizer.engines.postgres.candidates.access import Access
from optimizer.engines.postgres.candidates.keys import key
from optimizer.engines.postgres.candidates.proposal import LeftOut, Proposal
from optimizer.model.index import Index
from optimizer.model.schema import Column
from optimizer.queries.facts import Operator

PAGES_PER_RANGE = ("32", "")
"""Finer than PostgreSQL's default of 128 pages (the empty text), and the default itself."""

_TIMES = frozenset({"timestamp", "timestamptz", "date"})
_PRESENT = re.compile(r"\b(now|clock_timestamp|statement_timestamp|current_timestamp|current_date)\b", re.I)
_APPENDED = re.compile(
    r"\A(created|inserted|occurred|recorded|logged|received|ingested|placed|ordered|sent|published|event)"
    r"(_?(at|on|time|date|ts))?\Z|\A(time|ts|timestamp|event_time|event_date)\Z",
    re.IGNORECASE,
)
_REWRITTEN = re.compile(r"\A(updated|modified|changed|last_)", re.IGNORECASE)


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


def grows(column: Column) -> bool:
    """True where new rows have higher values, as far as name, type and default tell."""
    if column.type.array or _REWRITTEN.match(column.name):
        return False
    if column.type.base in _TIMES:
        return bool(_PRESENT.search(column.default or "") or _APPENDED.match(column.name))
    return column.type.base in {"int4", "int8"} and column.identity
