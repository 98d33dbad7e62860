"""TTL indexes: the rows that the workload's `retention` lets go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.indexes.growing import grows
from optimizer.design.indexes.proposal import LeftOut, Proposal
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.indexes import BTREE, EXPIRY, path_index
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Table
from optimizer.model.workload import Workload

_TIMES = frozenset({"timestamp", "timestamptz", "date"})
_REWRITTEN = re.compile(r"\A(updated|modified|changed|last_|deleted)", re.IGNORECASE)


def expiring(workload: Workload, collections: Collections) -> Iterator[Proposal | LeftOut]:
    """A TTL index for each table that lets rows go; MongoDB deletes them once a minute."""
    for name, seconds in workload.retention:
        table = collections.layout.schema.find(name)
        column = time_column(table) if table is not None else None
        if table is None or column is None:
            continue
        subject = f"a TTL index on {table.name}"
        if collections.layout.embed_of(table.name) is not None:
            yield LeftOut(subject, "it would delete the parent with all that is embedded in it")
        elif collections.layout.time_series_of(table.name) is not None:
            yield LeftOut(subject, "a time series is told when it is created how long its rows stay")
        else:
            path = collections.layout.path(table.name, column.name)
            index = ttl(path_index(table.name, path), seconds)
            yield Proposal(index, (), f"rows go {int(seconds)} s after their {column.name}")


def ttl(index: Index, seconds: float) -> Index:
    """The index with an expiry."""
    return replace(index, options=((EXPIRY, str(int(seconds))),))


def with_expiry(proposal: Proposal, expiries: dict[tuple[TableName, str], Index]) -> Proposal:
    """The TTL index in place of a plain one on the same field: MongoDB takes only one of the two."""
    index = proposal.index
    plain = index.method == BTREE and len(index.keys) == 1 and not (index.where or index.include)
    found = expiries.get((index.table, index.keys[0].expression)) if plain else None
    return proposal if found is None else replace(proposal, index=found, shorter=())


def time_column(table: Table) -> Column | None:
    """The column that says how old a row is: one that grows as rows are added, else the first time."""
    times = [c for c in table.columns if c.type.base in _TIMES and not c.type.array]
    usual = [c for c in times if grows(c)]
    return next(iter((*usual, *(c for c in times if not _REWRITTEN.match(c.name)))), None)
