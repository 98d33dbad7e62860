"""What stands in the way of a hypertable.

TimescaleDB 2.23, as it answered: a unique index has to hold the time column, a partial one and one over
expressions too; a generated column can't be the time column; a row that an UPDATE would move to another
chunk violates a check of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.moves.evidence import Evidence
from optimizer.design.tables.moves.partitioning import integrity
from optimizer.design.tables.moves.partitioning.reading import moved_by
from optimizer.model.schema import Column, Table

LEAST_ROWS = 50_000
"""Below, one table with its indexes is small enough to be searched as quickly as a chunk."""


def why_not(evidence: Evidence, table: Table, column: Column, rows: int) -> str:
    """Why a table isn't cut into chunks by a column; empty where nothing speaks against it."""
    if rows < LEAST_ROWS:
        return f"its {rows:,} rows are too few for chunks"
    return next(_reasons(evidence, table, column), "")


def moving(evidence: Evidence, table: Table, column: Column) -> Iterator[str]:
    """The statements that would move rows to other chunks, were these cut by the column."""
    for name in moved_by(evidence, table, column.name):
        yield f"{name} updates {column.name}, and a row can't move to another chunk"


def _reasons(evidence: Evidence, table: Table, column: Column) -> Iterator[str]:
    for relation in evidence.referring(table.name):
        yield f"{relation.child.name} refers to it, which a hypertable allows since TimescaleDB 2.16 only"
    yield from moving(evidence, table, column)
    if reason := integrity.obstacle(evidence, table, column):
        yield reason
