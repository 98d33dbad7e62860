"""How a column's values are spread over the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from optimizer.design.tables.evidence import TableEvidence
from optimizer.model.schema import Table

LEAST_ROWS = 50_000
"""Below, one table with its indexes is small enough to be in memory and to be searched quickly."""


@dataclass(frozen=True, slots=True)
class Times:
    """The first and the last day of a time column."""

    first: date
    last: date


def rows(evidence: TableEvidence, table: Table) -> int:
    """The rows of a table; 0 where the dataset has none."""
    return next((one.rows for one in evidence.dataset.tables if one.name == table.name), 0)


def times(evidence: TableEvidence, table: Table, column: str) -> Times | None:
    """The span of a time column; None where all of it is null, or the dataset doesn't have it."""
    frame = _frame(evidence, table, column)
    if frame is None:
        return None
    first, last = (
        frame.select(pl.col(column).min().alias("a"), pl.col(column).max().alias("b")).collect().row(0)
    )
    return None if first is None else Times(_day(first), _day(last))


def values(evidence: TableEvidence, table: Table, column: str) -> int:
    """How many different values a column has, nulls left out."""
    frame = _frame(evidence, table, column)
    return 0 if frame is None else int(frame.select(pl.col(column).drop_nulls().n_unique()).collect().item())


def distinct(evidence: TableEvidence, table: Table, column: str) -> tuple[str, ...]:
    """The different values of a column as text, in order, nulls left out."""
    frame = _frame(evidence, table, column)
    if frame is None:
        return ()
    found = frame.select(pl.col(column).drop_nulls().unique().sort()).collect().to_series()
    return tuple(str(value) for value in found)


def _frame(evidence: TableEvidence, table: Table, column: str) -> pl.LazyFrame | None:
    found = next((one for one in evidence.dataset.tables if one.name == table.name), None)
    return pl.scan_parquet(list(found.files)) if found and found.files and column in found.columns else None


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
