"""A column that PostgreSQL computes from the row's others whenever it is written."""

from __future__ import annotations

from optimizer.engines.postgres.structures.columns import added, taken_away, with_columns
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.model.schema import Column, Schema
from optimizer.model.tables import GeneratedColumn


def generated(structure: GeneratedColumn, schema: Schema) -> Realisation:
    """See Realisation. COPY computes the column; ADD COLUMN on a filled table writes the table anew."""
    column = Column(structure.field, structure.type, generated=True, collation=structure.collation)
    tail = f"GENERATED ALWAYS AS ({structure.expression}) STORED"
    return Realisation(
        schema=with_columns(schema, structure.table, (column,)),
        define=(added(structure.table, column, tail),),
        undo=(taken_away(structure.table, structure.field),),
    )
