"""The references that a table's rows follow: its foreign keys, and columns that are named like one."""

from __future__ import annotations

from optimizer.model.schema import Column, ForeignKey, Schema, Table


def references(table: Table, schema: Schema, overridden: frozenset[str]) -> tuple[ForeignKey, ...]:
    """Declared keys, then those by name; without keys on columns that the user describes (`overridden`)."""
    declared = [key for key in table.foreign_keys if not overridden.intersection(key.columns)]
    taken = {column for key in table.foreign_keys for column in key.columns} | overridden
    named = [key for c in table.columns if c.name not in taken and (key := _by_name(c, table, schema))]
    return tuple(dict.fromkeys([*declared, *named]))


def _by_name(column: Column, table: Table, schema: Schema) -> ForeignKey | None:
    """`user_id` refers to `users` where that has a primary key of one column of the same type."""
    stem, _, end = column.name.rpartition("_")
    if end != "id" or not stem or column.generated or column.type.array:
        return None
    for name in (f"{stem}s", f"{stem}es", f"{stem[:-1]}ies" if stem.endswith("y") else stem, stem):
        target = _in_schema(name, table, schema)
        if target is None or target.primary_key is None or len(target.primary_key.columns) != 1:
            continue
        key = target.by_name[target.primary_key.columns[0]]
        if key.type.base == column.type.base and target.name != table.name:
            return ForeignKey(f"{column.name} by name", (column.name,), target.name, (key.name,))
    return None


def _in_schema(name: str, table: Table, schema: Schema) -> Table | None:
    found = [t for t in schema.tables if t.name.name == name]
    same = [t for t in found if t.name.schema == table.name.schema]
    return next(iter(same or found), None)
