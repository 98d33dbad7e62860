"""How many rows each table gets, and every mistake under `volumes`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from optimizer.dataset.planning.file_columns import read_file
from optimizer.dataset.planning.files import FileRows
from optimizer.errors import Problem
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import Volume, Workload


@dataclass(frozen=True)
class Volumes:
    """Rows of every table that could be counted, its entry in the file, and the user's own rows."""

    rows: dict[TableName, int] = field(default_factory=dict)
    entries: dict[TableName, Volume] = field(default_factory=dict)
    files: dict[TableName, FileRows] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def parent(self, table: TableName, schema: Schema) -> TableName | None:
        """The table that this one's rows are counted by."""
        entry = self.entries.get(table)
        found = schema.find(entry.per) if entry and entry.per else None
        return found.name if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """A hint that offers the nearest of the names, or lists them where none is near."""
    known = sorted(names)
    near = get_close_matches(name, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there are: {', '.join(known[:12])}" if known else None


def count(schema: Schema, workload: Workload) -> Volumes:
    """The rows of every table, and what is wrong with the volumes."""
    problems: list[Problem] = []
    entries = _entries(schema, workload, problems)
    files = _files(schema, entries, problems)
    rows = {name: file.rows for name, file in files.items()}
    rows |= {name: entry.rows for name, entry in entries.items() if entry.rows is not None}
    _per_parent(schema, entries, rows, problems)
    return Volumes(rows, entries, files, tuple(problems))


def _entries(schema: Schema, workload: Workload, problems: list[Problem]) -> dict[TableName, Volume]:
    entries: dict[TableName, Volume] = {}
    for volume in workload.volumes:
        table = schema.find(volume.table)
        if table is None:
            hint = did_you_mean(volume.table, (str(t.name) for t in schema.tables))
            problems.append(
                Problem(f"volumes: there is no table {volume.table} in the schema", volume.position, hint)
            )
        elif table.name in entries:
            problems.append(Problem(f"volumes: {table.name} has a volume already", volume.position))
        else:
            entries[table.name] = volume
    problems += [_missing(table, schema) for table in schema.tables if table.name not in entries]
    return entries


def _missing(table: Table, schema: Schema) -> Problem:
    parent = next((key.target for key in table.foreign_keys if key.target != table.name), None)
    line = f"{table.name}: {{per: {parent}, mean: 3}}" if parent else f"{table.name}: 10_000"
    return Problem(f"volumes: the table {table.name} has no volume", None, f"write for example `{line}`")


def _files(
    schema: Schema, entries: dict[TableName, Volume], problems: list[Problem]
) -> dict[TableName, FileRows]:
    files: dict[TableName, FileRows] = {}
    for name, entry in entries.items():
        if entry.file is not None:
            file, found = read_file(schema.by_name[name], entry.file, entry.position)
            problems += found
            if file is not None:
                files[name] = file
    return files


def _per_parent(
    schema: Schema, entries: dict[TableName, Volume], rows: dict[TableName, int], problems: list[Problem]
) -> None:
    """Adds the counts of tables that are counted by a parent to `rows`."""
    waiting = {name: entry for name, entry in entries.items() if entry.per}
    for name, entry in tuple(waiting.items()):
        if schema.find(entry.per or "") is None:
            hint = did_you_mean(entry.per or "", (str(t.name) for t in schema.tables))
            message = f"volumes: {name} is counted per {entry.per}, which is no table of the schema"
            problems.append(Problem(message, entry.position, hint))
            del waiting[name]
    while ready := [name for name in waiting if _parent_name(schema, waiting[name]) in rows]:
        for name in ready:
            entry = waiting.pop(name)
            rows[name] = round(rows[_parent_name(schema, entry)] * (entry.mean or 0.0))
    problems += [_circular(name, entry) for name, entry in waiting.items() if _circle(name, schema, waiting)]


def _parent_name(schema: Schema, entry: Volume) -> TableName:
    parent = schema.find(entry.per or "")
    return parent.name if parent else TableName("", entry.per or "")


def _circle(name: TableName, schema: Schema, waiting: dict[TableName, Volume]) -> bool:
    """True where following the parents from a table leads back to it."""
    at, seen = name, set[TableName]()
    while at in waiting and at not in seen:
        seen.add(at)
        at = _parent_name(schema, waiting[at])
        if at == name:
            return True
    return False


def _circular(name: TableName, entry: Volume) -> Problem:
    message = f"volumes: {name} is counted per {entry.per}, which is counted per {name} in turn"
    if str(name) == entry.per:
        message = f"volumes: {name} is counted per itself"
    return Problem(message, entry.position, "write a number of rows for one of them")
