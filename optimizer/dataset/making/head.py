"""The first rows of every table, so that a server can judge them before all are made."""

from __future__ import annotations

import polars as pl

from generators.errors import SpecError
from optimizer.dataset.making.rows import Rows
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.errors import Problem, WorkloadError
from optimizer.model.names import TableName

MOST_ROWS = 16_384


def head(plan: DatasetPlan, rows: int = 200) -> dict[TableName, pl.DataFrame]:
    """Up to `rows` rows of each table; their foreign keys may refer to rows that aren't among them.

    WorkloadError with a problem for each table whose rows can't be made.
    """
    source = Rows(plan)
    wanted = min(rows, MOST_ROWS)
    frames: dict[TableName, pl.DataFrame] = {}
    problems: list[Problem] = []
    for table in plan.tables:
        try:
            frames[table.name] = source.frame(table.name, 0, min(wanted, table.rows))
        except WorkloadError as error:
            problems += error.problems
        except SpecError as error:
            problems.append(Problem(f"{table.name}: {error.message}", None, error.hint))
    if problems:
        raise WorkloadError(*problems)
    return frames
