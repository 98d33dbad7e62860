"""What row-level security compares with the session's settings.

The policies' texts aren't read: a setting whose values come from `tenants.id` is taken to be compared with a
secured table's foreign key to that column.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table
from optimizer.model.workload import SessionSettings


def comparisons(table: Table, schema: Schema, session: SessionSettings) -> Iterator[tuple[str, str]]:
    """The columns of a secured table that are compared, each with the name of its setting."""
    if not table.row_security:
        return
    for setting, spec in session.settings:
        source = _source(str(spec.get("column", "")), schema)
        for foreign in table.foreign_keys:
            if len(foreign.columns) == 1 and source == (foreign.target, foreign.referenced[0]):
                yield foreign.columns[0], setting


def compared_columns(table: Table, schema: Schema, session: SessionSettings) -> tuple[str, ...]:
    """The columns of a secured table that a session setting is compared with."""
    return tuple(dict.fromkeys(column for column, _ in comparisons(table, schema, session)))


def _source(text: str, schema: Schema) -> tuple[TableName | None, str]:
    name, _, column = text.rpartition(".")
    table = schema.find(name) if name else None
    return (table.name if table else None, column)
