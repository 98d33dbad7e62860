"""A table as a hypertable: chunks of time, and columns for those that are old."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.engines.timescale.dialect import Dialect, interval
from optimizer.engines.timescale.structures.obstacles import obstacle
from optimizer.model.hypertables import Columnstore, Hypertable
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, TableKind
from optimizer.queries.quoting import quote_identifier, quote_literal, quote_table


def hypertable(structure: Hypertable, schema: Schema, dialect: Dialect) -> Realisation:
    """See Realisation: keys and rows stay what they are; old chunks turn into columns once keys are there."""
    table, store = structure.table, structure.columnstore
    define = [made(table, structure.column, structure.chunk_s)]
    if structure.space:
        name, parts = structure.space
        define.append(
            f"SELECT add_dimension({quote_literal(full_name(table))}, "
            f"by_hash({quote_literal(name)}, {parts}))"
        )
    cut = with_kind(schema, table)
    if store is None:
        return Realisation(schema=cut, define=tuple(define), obstacle=partial(obstacle, structure, schema))
    return Realisation(
        schema=cut,
        obstacle=partial(obstacle, structure, schema),
        define=(*define, dialect.stored_by_columns(table, store)),
        policies=(dialect.store_policy(table, store),),
        settle=(_stored(structure, store),),
        for_new_rows=True,
    )


def with_kind(schema: Schema, table: TableName) -> Schema:
    """The schema in which the table is a hypertable."""
    tables = (replace(one, kind=TableKind.HYPERTABLE) if one.name == table else one for one in schema.tables)
    return replace(schema, tables=tuple(tables))


def made(table: TableName, column: str, chunk_s: int) -> str:
    """The statement that makes an empty table a hypertable, without an index of its own."""
    return (
        f"SELECT create_hypertable({quote_literal(full_name(table))}, "
        f"by_range({quote_literal(column)}, {interval(chunk_s)}), create_default_indexes => false)"
    )


def _stored(structure: Hypertable, store: Columnstore) -> str:
    """What a policy would have done by now, had the newest row come this moment."""
    table, column = quote_table(structure.table), quote_identifier(structure.column)
    older = f"older_than => newest - {interval(store.after_s)}"
    chunks = f"show_chunks({quote_literal(full_name(structure.table))}, {older})"
    return (
        f"DO $$ DECLARE newest {table}.{column}%TYPE; BEGIN\n"
        f"  SELECT max({column}) INTO newest FROM {table};\n"
        f"  PERFORM compress_chunk(c, if_not_compressed => true) FROM {chunks} c;\nEND $$"
    )
