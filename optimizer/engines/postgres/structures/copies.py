"""A parent's columns copied into its children, kept by two triggers.

The child's trigger locks the parent's row (FOR SHARE) while it reads it: an update of the parent that isn't
committed yet is waited for, and one that comes later finds the child.
"""

from __future__ import annotations

from dataclasses import replace

from optimizer.engines.postgres.structures.columns import added, taken_away, with_columns
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import (
    dropped,
    full_name,
    function,
    listed,
    paired,
    trigger,
)
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema
from optimizer.queries.quoting import quote_identifier, quote_table


def copied_column(structure: ExtendedReference, column: str) -> str:
    """The name of a parent's column in the child."""
    return object_name(structure.field, column)


def copies(structure: ExtendedReference, schema: Schema) -> Realisation:
    """See Realisation."""
    child, parent = schema.by_name[structure.table], schema.by_name[structure.parent]
    key = child.foreign_key(structure.key)
    columns = tuple(_column(structure, parent.by_name[name]) for name in structure.columns)
    names = [column.name for column in columns]
    own = TableName(child.name.schema, object_name(child.name.name, "copy", structure.field))
    theirs = TableName(
        parent.name.schema, object_name(parent.name.name, "to", child.name.name, structure.field)
    )
    by_key = paired(key.referenced, key.columns, "p", "NEW")
    read = (
        f"  SELECT {listed(structure.columns, 'p.')} INTO {listed(names, 'NEW.')}\n"
        f"  FROM {full_name(parent.name)} p WHERE {by_key} FOR SHARE;\n  RETURN NEW;"
    )
    updated = f"{listed(names)} = {listed(structure.columns, 'NEW.')}"
    if len(names) > 1:
        updated = f"({listed(names)}) = ({listed(structure.columns, 'NEW.')})"
    spread = (
        f"  UPDATE {full_name(child.name)} c SET {updated}\n"
        f"  WHERE {paired(key.columns, key.referenced, 'c', 'NEW')};\n  RETURN NULL;"
    )
    changed = f"({listed(structure.columns, 'OLD.')}) IS DISTINCT FROM ({listed(structure.columns, 'NEW.')})"
    return Realisation(
        schema=with_columns(schema, child.name, columns),
        define=(
            *(added(child.name, column) for column in columns),
            function(own, read),
            trigger(
                own.name, f"BEFORE INSERT OR UPDATE OF {listed([*key.columns, *names])}", child.name, own
            ),
            function(theirs, spread),
            trigger(
                theirs.name, f"AFTER UPDATE OF {listed(structure.columns)}", parent.name, theirs, changed
            ),
        ),
        fill=(_fill(structure, schema),),
        refilled=frozenset({child.name}),
        disagreements=(_disagreements(structure, schema),),
        undo=(
            *dropped(theirs.name, parent.name, theirs),
            *dropped(own.name, child.name, own),
            *(taken_away(child.name, name) for name in names),
        ),
        triggered={parent.name: frozenset({child.name})},
    )


def _column(structure: ExtendedReference, column: Column) -> Column:
    name = copied_column(structure, column.name)
    return replace(column, name=name, not_null=False, default=None, generated=False, identity=False)


def _fill(structure: ExtendedReference, schema: Schema) -> str:
    key = schema.by_name[structure.table].foreign_key(structure.key)
    values = ", ".join(
        f"{quote_identifier(copied_column(structure, name))} = p.{quote_identifier(name)}"
        for name in structure.columns
    )
    return (
        f"UPDATE {quote_table(structure.table)} c SET {values} FROM {quote_table(structure.parent)} p "
        f"WHERE {paired(key.columns, key.referenced, 'c', 'p')}"
    )


def _disagreements(structure: ExtendedReference, schema: Schema) -> str:
    child = schema.by_name[structure.table]
    key = child.foreign_key(structure.key)
    mine = listed([copied_column(structure, name) for name in structure.columns], "c.")
    theirs = listed(structure.columns, "p.")
    return (
        f"SELECT format('%s has (%s) instead of (%s)', ({_row(schema, structure.table, 'c')}), "
        f"ROW({mine})::text, ROW({theirs})::text) "
        f"FROM {quote_table(structure.table)} c LEFT JOIN {quote_table(structure.parent)} p "
        f"ON {paired(key.columns, key.referenced, 'c', 'p')} "
        f"WHERE ROW({mine})::text IS DISTINCT FROM ROW({theirs})::text"
    )


def _row(schema: Schema, table: TableName, alias: str) -> str:
    """The name of a row for people: its table and its primary key."""
    key = schema.by_name[table].primary_key
    values = listed(key.columns, f"{alias}.") if key else f"{alias}.ctid"
    literal = str(table).replace("'", "''")
    return f"'{literal} ' || ROW({values})::text"
