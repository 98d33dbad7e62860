"""Time buckets that are kept, for queries that say how old their answers may be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.design.hypertables.bucket_counts import count_buckets
from optimizer.design.hypertables.bucketed import Bucketed, Whole, bucketed
from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.hypertables.timelines import Timeline
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.grouped_reads import read_queries
from optimizer.design.tables.moves.summary_table import LEAST_ROWS
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.names import TableName
from optimizer.model.query import Query

MOST_ADDED_S = 25 * 3_600
"""A day, wherever: the rows of longer buckets would be too many to be added at every read."""

FRESH = (
    "no `staleness` is said, and rows that come late, for buckets that are kept already, would be missing "
    "until the next refresh"
)


@dataclass(frozen=True)
class _Wanted:
    """`chunk_s`: the longest chunks, which the table's other statements pay least for."""

    query: Query
    staleness_s: float
    found: Bucketed
    chunk_s: int
    rows: int


def continuous_aggregates(evidence: HypertableEvidence) -> Iterator[Offer | LeftOut]:
    """One for each SELECT by buckets that may be stale; one for those that need the same."""
    wanted: dict[str, list[_Wanted]] = {}
    for query, tree in read_queries(evidence):
        for found in bucketed(tree, evidence.schema):
            one = _wanted(evidence, query, found)
            if isinstance(one, _Wanted):
                wanted.setdefault(one.found.sql, []).append(one)
            elif one is not None:
                yield one
    taken: set[TableName] = set()
    for queries in wanted.values():
        offer = _offer(evidence, queries, taken)
        taken |= offer.structure.tables
        yield offer


def _wanted(evidence: HypertableEvidence, query: Query, found: Bucketed | Whole) -> _Wanted | LeftOut | None:
    """What is to be kept, or why nothing is; None where nobody would expect it."""
    timeline = evidence.timelines.get(found.table.name)
    subject, gains = f"continuous aggregate for {query.name}", [Use(query, "")]
    if query.staleness_s is None:
        subject = f"continuous aggregates of {found.table.name}"
        return left_out(subject, FRESH, gains) if isinstance(timeline, Timeline) else None
    if not isinstance(timeline, Timeline):
        reason = timeline.reason if timeline is not None else "no statement reads a part of it by time"
        return left_out(subject, f"{found.table.name} isn't made a hypertable: {reason}", gains)
    if isinstance(found, Whole):
        return left_out(subject, found.reason, gains)
    column = timeline.column.name
    if found.bucket.column != column:
        reason = f"it has buckets of {found.bucket.column}, and {found.table.name} is cut by {column}"
        return left_out(subject, reason, gains)
    rows = count_buckets(evidence.dataset, found.table, found.bucket, found.others)
    if rows is None:
        return left_out(subject, "how large it gets isn't known before the rows are loaded", gains)
    if rows * LEAST_ROWS > timeline.rate.rows:
        reason = f"{timeline.rate.rows:,} rows would make {rows:,} of it, by {_by(found)}"
        return left_out(subject, reason, gains)
    return _Wanted(query, query.staleness_s, found, max(timeline.chunks_s), rows)


def _offer(evidence: HypertableEvidence, queries: list[_Wanted], taken: set[TableName]) -> Offer:
    first, found = queries[0], queries[0].found
    staleness = min(one.staleness_s for one in queries)
    real_time = staleness < found.bucket.span.longest_s <= MOST_ADDED_S
    structure = ContinuousAggregate(
        found.table.name,
        _name(evidence, found.table.name.schema, first.query.name, taken),
        found.sql,
        found.key,
        staleness,
        found.bucket.column,
        first.chunk_s,
        found.bucket.span,
        real_time,
    )
    newer = ", newer ones added when it is read" if real_time else ""
    note = f"{first.rows:,} rows, to be refreshed every {staleness:g} s{newer}"
    return Offer(structure, tuple(Use(one.query, "computed beforehand for") for one in queries), note=note)


def _by(found: Bucketed) -> str:
    bucket = f"{found.bucket.span} of {found.bucket.column}"
    return ", ".join((bucket, *(grain.expression for grain in found.others)))


def _name(evidence: HypertableEvidence, schema: str, query: str, taken: set[TableName]) -> TableName:
    """The query's own name where no relation has it."""
    used = evidence.schema.relations | taken
    wanted = TableName(schema, re.sub(r"\W+", "_", query.lower())[:50].strip("_") or "buckets")
    while wanted in used:
        wanted = TableName(schema, f"{wanted.name}_view")
    return wanted
