"""A table as a hypertable: chunks of time, and columns for those that are old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from optimizer.engines.postgres.structures.grown_keys import growing, with_grown_keys, with_grown_text
from optimizer.engines.postgres.structures.realisation import Edit, Realisation
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.engines.timescale.dialect import Dialect, interval
from optimizer.engines.timescale.structures.obstacles import obstacle
from optimizer.model.hypertables import Columnstore, ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.query import SourceText
from optimizer.model.schema import Schema, TableKind
from optimizer.queries.quoting import quote_identifier, quote_literal, quote_table


def hypertable(structure: Hypertable, schema: Schema, dialect: Dialect) -> Realisation:
    """See Realisation: rows stay what they are; old chunks turn into columns once keys are there."""
    table, store = structure.table, structure.columnstore
    define = [made(table, structure.column, structure.chunk_s)]
    if structure.space:
        name, parts = structure.space
        define.append(
            f"SELECT add_dimension({quote_literal(full_name(table))}, "
            f"by_hash({quote_literal(name)}, {parts}))"
        )
    if store is not None:
        define.append(dialect.stored_by_columns(table, store))
    return Realisation(
        schema=cut(schema, structure),
        edit=key_edit(structure, schema),
        obstacle=partial(obstacle, structure, schema),
        define=tuple(define),
        remarks=key_remarks(structure, schema),
        policies=() if store is None else (dialect.store_policy(table, store),),
        settle=() if store is None else (_stored(structure, store),),
        for_new_rows=store is not None,
    )


def cut(schema: Schema, structure: Hypertable | ContinuousAggregate) -> Schema:
    """The schema in which the structure's table is a hypertable, whose keys all hold the time."""
    schema = with_grown_keys(schema, structure)
    return schema.with_changed(replace(schema.by_name[structure.table], kind=TableKind.HYPERTABLE))


def key_edit(structure: Hypertable | ContinuousAggregate, schema: Schema) -> Edit | None:
    """What makes the keys in the user's text hold the time; None where they do."""
    if not growing(structure, schema.by_name[structure.table]):
        return None
    return partial(_with_grown_text, structure, schema)


def key_remarks(structure: Hypertable | ContinuousAggregate, schema: Schema) -> tuple[str, ...]:
    """What is to be known of the keys that grow."""
    return tuple(
        f"its key {key.name} holds {structure.column} now: nothing else keeps {', '.join(key.columns)} unique"
        for key in growing(structure, schema.by_name[structure.table])
    )


def made(table: TableName, column: str, chunk_s: int) -> str:
    """The statement that makes an empty table a hypertable, without an index of its own."""
    return (
        f"SELECT create_hypertable({quote_literal(full_name(table))}, "
        f"by_range({quote_literal(column)}, {interval(chunk_s)}), create_default_indexes => false)"
    )


def up_to_newest(structure: Hypertable | ContinuousAggregate, before: str, work: str) -> str:
    """The block that does `work`, a statement of PL/pgSQL, with `until`: an interval before the newest row,
    of the time column's type (null where there are no rows)."""
    table, column = quote_table(structure.table), quote_identifier(structure.column)
    return (
        f"DO $$ DECLARE until {table}.{column}%TYPE; BEGIN\n"
        f"  SELECT max({column}) - {before} INTO until FROM {table};\n"
        f"  {work};\nEND $$"
    )


def _with_grown_text(
    structure: Hypertable | ContinuousAggregate, schema: Schema, source: SourceText, comments: Sequence[str]
) -> SourceText:
    """The comments stand where the table is made a hypertable."""
    return with_grown_text(structure, schema, source)


def _stored(structure: Hypertable, store: Columnstore) -> str:
    """What a policy would have done by now, had the newest row come this moment."""
    chunks = f"show_chunks({quote_literal(full_name(structure.table))}, older_than => until)"
    compress = f"PERFORM compress_chunk(c, if_not_compressed => true) FROM {chunks} c"
    return up_to_newest(structure, interval(store.after_s), compress)
