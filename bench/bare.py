"""Tables without anything that slows a load: columns and their types, no keys, checks or defaults. Pure."""

from __future__ import annotations

from optimizer.model.schema import Schema, Table
from optimizer.queries.quoting import quote_identifier, quote_table


def bare_ddl(schema: Schema) -> str:
    """A script that makes the written columns of every table; types of the schema's own aren't made."""
    schemas = {table.name.schema for table in schema.tables} - {"public"}
    made = [f"CREATE SCHEMA {quote_identifier(name)};" for name in sorted(schemas)]
    return "\n".join([*made, *(_create(table) for table in schema.tables)])


def _create(table: Table) -> str:
    columns = ", ".join(
        f"{quote_identifier(column.name)} {column.type.sql}"
        for column in table.columns
        if not column.generated
    )
    return f"CREATE TABLE {quote_table(table.name)} ({columns});"
