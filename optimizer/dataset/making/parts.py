"""Cuts a plan into files, each of which one process can make by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.model.names import TableName

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """Rows `first` to `first + rows - 1` of a table, and the name of their file."""

    table: TableName
    first: int
    rows: int
    file: str


def parts_of(plan: DatasetPlan, rows_per_file: int) -> tuple[Part, ...]:
    """All files, table by table; a table without rows has none."""
    return tuple(
        Part(table.name, first, min(rows_per_file, table.rows - first), _file(place, table.name, number))
        for place, table in enumerate(plan.tables)
        for number, first in enumerate(range(0, table.rows, rows_per_file))
    )


def _file(place: int, name: TableName, number: int) -> str:
    """The place of the table in the plan makes names differ that hold unsafe characters."""
    return f"{place:03d}-{_UNSAFE.sub('_', str(name))[:80]}-{number:05d}.parquet"
