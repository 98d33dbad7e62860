"""Plans the dataset of a workload: every contradiction is told before any row is made."""

from __future__ import annotations

from collections import defaultdict

from optimizer.dataset.planning.circles import circular
from optimizer.dataset.planning.described import Described, read_data
from optimizer.dataset.planning.linking import Surroundings
from optimizer.dataset.planning.order import parents_first
from optimizer.dataset.planning.recipes import DatasetPlan, TablePlan
from optimizer.dataset.planning.references import references
from optimizer.dataset.planning.table_plan import Given, file_plan, table_plan
from optimizer.dataset.planning.volumes import Volumes, count
from optimizer.errors import Problem, WorkloadError
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import Workload

_UNKNOWN_ROWS = 1 << 40
"""Stands for the rows of a table whose volume is missing, so that nothing else seems wrong because of it."""


def plan(schema: Schema, workload: Workload) -> DatasetPlan:
    """The plan of all tables, parents before children; WorkloadError with all mistakes."""
    volumes = count(schema, workload)
    described = read_data(schema, workload, volumes.entries)
    problems = [*volumes.problems, *described.problems]
    tables: list[TablePlan] = []
    for given, table in _givens(schema, volumes, described):
        if table.name in volumes.files:
            tables.append(file_plan(table, volumes.files[table.name]))
        elif table.name in volumes.rows:
            made, found = table_plan(table, given)
            tables.append(made)
            problems += found
    if problems:
        raise WorkloadError(*problems)
    made_plan = DatasetPlan(workload.seed, tuple(tables))
    circle = circular(made_plan)
    if circle:
        raise WorkloadError(Problem(f"foreign keys take their values from each other in a circle: {circle}"))
    return made_plan


def _givens(schema: Schema, volumes: Volumes, described: Described) -> list[tuple[Given, Table]]:
    keys = {t.name: references(t, schema, described.overridden(t.name)) for t in schema.tables}
    rows = defaultdict[TableName, int](lambda: _UNKNOWN_ROWS, volumes.rows)
    before: set[TableName] = set()
    givens: list[tuple[Given, Table]] = []
    for table in parents_first(schema):
        entries = described.of(table.name)
        nulls = {n: float(e.spec["nulls"]) for n, e in entries.items() if set(e.spec) == {"nulls"}}
        parent = volumes.parent(table.name, schema)
        around = Surroundings(schema, keys, frozenset(before), parent, nulls)
        overridden = described.overridden(table.name)
        givens.append((Given(around, rows, volumes.entries.get(table.name), entries, overridden), table))
        before.add(table.name)
    return givens
