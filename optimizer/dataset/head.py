"""The first rows of every table, so that a server can judge them before all are made."""

from __future__ import annotations

import polars as pl

from optimizer.dataset.recipes import DatasetPlan
from optimizer.dataset.rows import Rows
from optimizer.model.names import TableName

MOST_ROWS = 16_384


def head(plan: DatasetPlan, rows: int = 200) -> dict[TableName, pl.DataFrame]:
    """Up to `rows` rows of each table; their foreign keys may refer to rows that aren't among them."""
    source = Rows(plan)
    wanted = min(rows, MOST_ROWS)
    return {table.name: source.frame(table.name, 0, min(wanted, table.rows)) for table in plan.tables}
