"""What of a workload can only be judged by its schema: names that should be tables, columns, constraints.

Volumes and `data` are the dataset planner's to judge, parameters the bindings'. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.errors import Position, Problem
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import Workload
from optimizer.workload.mistake import did_you_mean

_TIMES = frozenset({"timestamp", "timestamptz", "date"})


def problems(workload: Workload, schema: Schema) -> tuple[Problem, ...]:
    """The mistakes under `retention`, `session` and `relax`."""
    return (*_retention(workload, schema), *_session(workload, schema), *_relax(workload, schema))


def _retention(workload: Workload, schema: Schema) -> Iterator[Problem]:
    for name, _ in workload.retention:
        position = workload.positions.get(("retention", name))
        table = schema.find(name)
        if table is None:
            yield _no_table(name, schema, position)
        elif not any(column.type.base in _TIMES for column in table.columns):
            hint = "a row has no age without one; take the retention out"
            yield Problem(f"table {name!r} has no column of a time", position, hint)


def _session(workload: Workload, schema: Schema) -> Iterator[Problem]:
    for setting, spec in workload.session.settings:
        position = workload.positions.get(("session", "settings", setting))
        if isinstance(spec.get("column"), str):
            yield from _column(spec["column"], schema, position)


def _column(name: str, schema: Schema, position: Position | None) -> Iterator[Problem]:
    table_name, _, column = name.rpartition(".")
    table = schema.find(table_name)
    if not table_name:
        yield Problem(f"{name!r} is no table.column", position, "write it like tenants.id")
    elif table is None:
        yield _no_table(table_name, schema, position)
    elif column not in table.by_name:
        hint = did_you_mean(column, table.by_name, f"the columns of {table_name} are")
        yield Problem(f"table {table_name!r} has no column {column!r}", position, hint)


def _relax(workload: Workload, schema: Schema) -> Iterator[Problem]:
    known = frozenset(name for table in schema.tables for name in _constraints(table))
    for number, name in enumerate(workload.relax):
        if name not in known:
            hint = did_you_mean(name, {n for n in known if "." not in n}, "the constraints are")
            yield Problem(f"no constraint {name!r}", workload.positions.get(("relax", number)), hint)


def _constraints(table: Table) -> Iterator[str]:
    """Each constraint by its name, and by `table.name` where two tables share one."""
    names = [key.name for key in table.keys] + [key.name for key in table.foreign_keys]
    for name in names + [check.name for check in table.checks]:
        yield name
        yield f"{table.name}.{name}"


def _no_table(name: str, schema: Schema, position: Position | None) -> Problem:
    hint = did_you_mean(name, [str(table.name) for table in schema.tables], "the tables are")
    return Problem(f"no table {name!r}", position, hint)
