"""How fast a table grows: rows and bytes over the span of a time column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import polars as pl

from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.row_layout import StoredColumn, row_bytes, stored_columns
from optimizer.model.schema import Table

ENTRY_BYTES = 20
"""An entry of an index without its key: a line pointer, a header, and the room that a page leaves free."""

KEY_BYTES = 16
"""A key's column whose length isn't known."""


@dataclass(frozen=True, slots=True)
class RowRate:
    """The rows of a table over the span from its first to its last time.

    `row_bytes` are those of a row with its entries in all indexes of the DDL; None where one of its types
    isn't known.
    """

    rows: int
    span_s: float
    row_bytes: float | None

    @property
    def bytes_per_s(self) -> float | None:
        """What a second adds, on average; None where that isn't known."""
        if self.row_bytes is None or not self.span_s:
            return None
        return self.rows * self.row_bytes / self.span_s


def row_rate(evidence: TableEvidence, table: Table, column: str) -> RowRate | None:
    """The rate by a time column; None where the dataset has no times of it."""
    rows = next((one for one in evidence.dataset.tables if one.name == table.name), None)
    if rows is None or not rows.rows or column not in rows.columns:
        return None
    ends = pl.scan_parquet(list(rows.files)).select(
        pl.col(column).min().alias("first"), pl.col(column).max().alias("last")
    )
    first, last = ends.collect().row(0)
    if first is None:
        return None
    stored = stored_columns(table, rows)
    each = None if isinstance(stored, str) else _bytes(evidence, table, stored)
    return RowRate(rows.rows, _seconds(last) - _seconds(first), each)


def _bytes(evidence: TableEvidence, table: Table, stored: tuple[StoredColumn, ...]) -> float:
    widths = {column.name: float(column.bytes.mean()) for column in stored if len(column.bytes)}
    return float(row_bytes(stored).mean()) + sum(
        ENTRY_BYTES + sum(widths.get(name or "", KEY_BYTES) for name in names)
        for names in _indexed(evidence, table)
    )


def _indexed(evidence: TableEvidence, table: Table) -> Iterable[tuple[str | None, ...]]:
    """The columns of each index of the DDL; None for an expression."""
    yield from (key.columns for key in table.keys)
    for index in evidence.schema.given:
        if index.table == table.name:
            yield tuple(key.column for key in index.keys)


def _seconds(value: date | datetime) -> float:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time.min)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
