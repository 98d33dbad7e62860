"""Session settings of a binding, such as the tenant whose rows it works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.dataset.bindings import paths
from optimizer.dataset.bindings.paths import Path
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import SessionSettings
from optimizer.queries.facts import Facts


@dataclass(frozen=True)
class Setting:
    """A setting by name: the column that its values are of (None for `{value: ...}` or a generator)."""

    name: str
    mapping: Mapping[str, Any]
    table: TableName | None = None
    column: str = ""

    def path(self, schema: Schema, start: TableName) -> Path | None:
        """How rows of a table lead to the setting's value."""
        return paths.find(schema, start, self.table, self.column) if self.table else None


def read_settings(session: SessionSettings, schema: Schema) -> tuple[Setting, ...]:
    """The settings in the order of the file."""
    return tuple(_read(name, mapping, schema) for name, mapping in session.settings)


def _read(name: str, mapping: Mapping[str, Any], schema: Schema) -> Setting:
    table_text, _, column = str(mapping.get("column", "")).rpartition(".")
    table = schema.find(table_text) if table_text else None
    return Setting(name, mapping, table.name if table else None, column)


def anchor(
    setting: Setting, needed: Iterable[TableName], found: Sequence[Facts], schema: Schema
) -> TableName | None:
    """The table whose rows decide the setting: one that parameters need, else one that the query touches."""
    touched = [source.table for fact in found for block in fact.blocks for source in block.sources]
    written = [write.table for fact in found for write in fact.writes]
    for table in (*needed, *written, *touched):
        if table in schema.by_name and setting.path(schema, table) is not None:
            return table
    return setting.table


def text(value: Any) -> str:
    """A setting's value as SET takes it."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
