"""Answers that may be stale, computed beforehand and refreshed from time to time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.group_counts import count_groups
from optimizer.design.tables.grouped_reads import read_queries
from optimizer.design.tables.moves.summary_table import LEAST_ROWS
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.tables import MaterializedView
from optimizer.queries.adding import Unfit
from optimizer.queries.materializing import Cut, cut
from optimizer.queries.tree import to_sql


@dataclass(frozen=True)
class _Wanted:
    query: Query
    staleness_s: float
    cut: Cut


def materialized_views(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """A view for each query that declares how stale it may be; one for those that need the same one."""
    wanted: dict[str, list[_Wanted]] = {}
    for query, tree in read_queries(evidence):
        if query.staleness_s is None:
            continue
        try:
            found = cut(tree, evidence.schema)
        except Unfit as unfit:
            yield left_out(f"materialized view for {query.name}", str(unfit), [Use(query, "")])
            continue
        if reason := _size(evidence, found):
            yield left_out(f"materialized view for {query.name}", reason, [Use(query, "")])
        else:
            wanted.setdefault(to_sql(found.view), []).append(_Wanted(query, query.staleness_s, found))
    taken: set[TableName] = set()
    for sql, queries in wanted.items():
        offer = _offer(evidence, sql, queries, taken)
        taken |= offer.structure.tables
        yield offer


def _offer(evidence: TableEvidence, sql: str, queries: list[_Wanted], taken: set[TableName]) -> Offer:
    first = queries[0]
    staleness = min(one.staleness_s for one in queries)
    largest = max(first.cut.tables.values(), key=lambda table: evidence.dataset.table(table.name).rows)
    name = _name(evidence, largest.name.schema, first.query.name, taken)
    return Offer(
        MaterializedView(largest.name, name, sql, first.cut.key, staleness),
        tuple(Use(one.query, "computed beforehand for") for one in queries),
        note=f"about {_rows(evidence, first.cut):,} rows, to be refreshed every {staleness:g} s",
    )


def _size(evidence: TableEvidence, found: Cut) -> str:
    """Why the view would be too large; empty where it wouldn't."""
    rows = max(evidence.dataset.table(table.name).rows for table in found.tables.values())
    groups = _rows(evidence, found)
    if groups is None:
        return "how large it gets isn't known before the rows are loaded"
    if groups * LEAST_ROWS > rows:
        by = ", ".join(grain.expression for own in found.grains.values() for grain in own)
        return f"{rows:,} rows would make up to {groups:,} of it, by {by}"
    return ""


def _rows(evidence: TableEvidence, found: Cut) -> int | None:
    """At most so many rows: as if each group of one source came with each of another one."""
    counts = [
        count_groups(evidence.dataset, found.tables[alias], grains) for alias, grains in found.grains.items()
    ]
    known = [count for count in counts if count is not None]
    return prod(known) if len(known) == len(counts) else None


def _name(evidence: TableEvidence, schema: str, query: str, taken: set[TableName]) -> TableName:
    """The query's own name where no relation has it."""
    used = evidence.schema.relations | taken
    wanted = TableName(schema, re.sub(r"\W+", "_", query.lower())[:50].strip("_") or "answers")
    while wanted in used:
        wanted = TableName(schema, f"{wanted.name}_view")
    return wanted
