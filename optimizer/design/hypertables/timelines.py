"""The tables that are read or written by time, and the lengths of chunks that suit each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from optimizer.design.hypertables.integrity import why_not
from optimizer.design.hypertables.row_rate import RowRate, row_rate
from optimizer.design.hypertables.steps import LEAST_CHUNK_ROWS, chosen, fitting
from optimizer.design.hypertables.time_use import TimeUse, time_use
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.spread import rows
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Table
from optimizer.queries.base_types import MOMENTS

MEMORY_SHARE = 0.25
"""The share of the memory that the newest chunks of all hypertables with their indexes take at most.

https://docs.timescale.com/use-timescale/latest/hypertables/about-hypertables/
"""


@dataclass(frozen=True)
class Timeline:
    """A table that can be cut into chunks by its time column; `chunks_s` are the lengths of chunks to be
    tried, in seconds, the most promising first."""

    table: Table
    column: Column
    use: TimeUse
    rate: RowRate
    chunks_s: tuple[int, ...] = ()


@dataclass(frozen=True)
class NotCut:
    """A table that statements read by a time column, and why it isn't cut into chunks by it."""

    table: Table
    column: Column
    use: TimeUse
    reason: str


def timelines(evidence: TableEvidence, memory_bytes: int) -> dict[TableName, Timeline | NotCut]:
    """What is known of each table that is read or appended to by time, in DDL order."""
    found = {table.name: one for table in evidence.schema.tables if (one := _of_table(evidence, table))}
    cut = sum(isinstance(one, Timeline) for one in found.values())
    each = memory_bytes * MEMORY_SHARE / max(cut, 1)
    return {
        name: _with_chunks(one, each) if isinstance(one, Timeline) else one for name, one in found.items()
    }


def _of_table(evidence: TableEvidence, table: Table) -> Timeline | NotCut | None:
    """By the column that the largest share of the mix gains by; None where nothing is asked of any."""
    uses = {column.name: time_use(evidence, table, column.name) for column in _times(table)}
    name = max(uses, key=lambda one: (uses[one].is_read, uses[one].share), default=None)
    if name is None or not uses[name].gains:
        return None
    column, use = table.by_name[name], uses[name]
    reason = why_not(evidence, table, column, rows(evidence, table))
    rate = None if reason else row_rate(evidence, table, name)
    if rate is not None:
        return Timeline(table, column, use, rate)
    return NotCut(table, column, use, reason or f"the rows have no {name}") if use.is_read else None


def _times(table: Table) -> Iterator[Column]:
    for column in table.columns:
        if column.type.base in MOMENTS and not column.type.array and column.not_null:
            yield column


def _with_chunks(one: Timeline, memory_bytes: float) -> Timeline | NotCut:
    per_s, days = one.rate.bytes_per_s, one.column.type.base == "date"
    largest = memory_bytes / per_s if per_s else None
    steps = chosen(fitting(one.rate.span_s, one.rate.rows, largest, days), one.use.asked_s)
    if not steps:
        reason = f"no step gives two chunks or more of {LEAST_CHUNK_ROWS:,} rows"
        return NotCut(one.table, one.column, one.use, reason)
    return replace(one, chunks_s=steps)
