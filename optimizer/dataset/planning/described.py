"""The entries of `data`: which column each one describes, and mistakes that need no generator to see."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.dataset.planning.volumes import did_you_mean
from optimizer.errors import Problem
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import ColumnData, Volume, Workload


@dataclass(frozen=True)
class Described:
    """Entries by table and column."""

    entries: dict[tuple[TableName, str], ColumnData] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, table: TableName) -> dict[str, ColumnData]:
        """The entries of one table, by column."""
        return {column: entry for (name, column), entry in self.entries.items() if name == table}

    def overridden(self, table: TableName) -> frozenset[str]:
        """Columns with a generator of the user's; an entry of nothing but `nulls` leaves the inferred one."""
        return frozenset(c for c, entry in self.of(table).items() if set(entry.spec) != {"nulls"})


def read_data(schema: Schema, workload: Workload, volumes: dict[TableName, Volume]) -> Described:
    """All entries that have a column, and what is wrong with the others."""
    entries: dict[tuple[TableName, str], ColumnData] = {}
    problems: list[Problem] = []
    for entry in workload.data:
        table = schema.find(entry.table)
        if table is None:
            hint = did_you_mean(entry.table, (str(t.name) for t in schema.tables))
            problems.append(Problem(f"data: there is no table {entry.table}", entry.position, hint))
            continue
        problem = _unfit(table, entry, volumes.get(table.name))
        if problem:
            problems.append(problem)
        else:
            entries[table.name, entry.column] = entry
    return Described(entries, tuple(problems))


def _unfit(table: Table, entry: ColumnData, volume: Volume | None) -> Problem | None:
    where, column = f"data: {table.name}.{entry.column}", table.by_name.get(entry.column)
    if column is None:
        hint = did_you_mean(entry.column, (c.name for c in table.columns))
        return Problem(f"data: {table.name} has no column {entry.column}", entry.position, hint)
    if column.generated:
        return Problem(f"{where} is a generated column: PostgreSQL computes it", entry.position)
    if volume is not None and volume.file is not None:
        return Problem(f"{where} describes a column of a table that comes from a file", entry.position)
    return _wrong_nulls(where, entry, not_null=column.not_null)


def _wrong_nulls(where: str, entry: ColumnData, *, not_null: bool) -> Problem | None:
    share = entry.spec.get("nulls", 0)
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        hint = "write for example `nulls: 0.3`"
        return Problem(f"{where}: nulls must be a share between 0 and 1", entry.position, hint)
    if share and not_null:
        return Problem(f"{where} is NOT NULL, so there can't be nulls: {share:g}", entry.position)
    return None
