"""The comparisons that row-level security adds to every statement."""

from __future__ import annotations

from optimizer.model.schema import Schema, Table
from optimizer.model.workload import SessionSettings


def compared_columns(table: Table, schema: Schema, session: SessionSettings) -> tuple[str, ...]:
    """The columns of a secured table that a session setting is compared with.

    The policies' texts aren't read: a setting whose values come from `tenants.id` is taken to be compared
    with the table's foreign key to that column.
    """
    if not table.row_security:
        return ()
    sources = [_source(str(spec["column"]), schema) for _, spec in session.settings if "column" in spec]
    found = (
        foreign.columns[0]
        for source in sources
        for foreign in table.foreign_keys
        if len(foreign.columns) == 1 and source == (foreign.target, foreign.referenced[0])
    )
    return tuple(dict.fromkeys(found))


def _source(text: str, schema: Schema) -> tuple[object, str]:
    name, _, column = text.rpartition(".")
    table = schema.find(name)
    return (table.name if table else None, column)
