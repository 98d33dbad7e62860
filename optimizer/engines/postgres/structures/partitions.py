"""A table whose rows are spread over partitions.

Only CREATE TABLE can say so: the user's own text is changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from optimizer.engines.postgres.structures.grown_keys import with_grown_keys
from optimizer.engines.postgres.structures.partitioning.conversion import converted, reverted
from optimizer.engines.postgres.structures.partitioning.editing import edit, obstacle
from optimizer.engines.postgres.structures.partitioning.names import Part, parts
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import full_name
from optimizer.model.schema import Schema, TableKind
from optimizer.model.tables import Partition
from optimizer.queries.quoting import quote_identifier, quote_literal


def partitions(structure: Partition, schema: Schema) -> Realisation:
    """See Realisation."""
    made = parts(structure, schema)
    return Realisation(
        schema=_partitioned(structure, schema, made),
        edit=partial(edit, structure, schema),
        obstacle=partial(obstacle, structure, schema),
        convert=partial(converted, structure, schema),
        revert=partial(reverted, structure, schema),
        disagreements=(_missing(structure, made),),
    )


def _partitioned(structure: Partition, schema: Schema, made: Sequence[Part]) -> Schema:
    schema = with_grown_keys(schema, structure)
    changed = replace(
        schema.by_name[structure.table],
        kind=TableKind.PARTITIONED,
        partition_key=(quote_identifier(structure.column),),
        partition_bounds=tuple(part.bound for part in made),
    )
    return schema.with_changed(changed)


def _missing(structure: Partition, made: Sequence[Part]) -> str:
    """The partitions that aren't there, or have other bounds, or are being taken away."""
    bounds = ", ".join(f"({quote_literal(part.bound)})" for part in made)
    table = quote_literal(full_name(structure.table))
    return (
        f"SELECT format('there is no partition %s', w.bound) FROM (VALUES {bounds}) w(bound) "
        "WHERE NOT EXISTS (SELECT FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid "
        f"WHERE h.inhparent = {table}::regclass AND NOT h.inhdetachpending "
        "AND pg_get_expr(c.relpartbound, c.oid) = w.bound)"
    )
