"""A materialized view, with the unique index that lets it be refreshed while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from optimizer.engines.postgres.structures.columns import with_table
from optimizer.engines.postgres.structures.grants import readable_like
from optimizer.engines.postgres.structures.naming import object_name
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.postgres.structures.triggers import listed
from optimizer.model.schema import Column, Key, Schema, Table
from optimizer.model.tables import MaterializedView
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.quoting import quote_identifier, quote_table
from optimizer.queries.tree import find_table, qualified, unqualified
from optimizer.queries.value_types import value_type


def materialized(structure: MaterializedView, schema: Schema) -> Realisation:
    """See Realisation. The view's rows are a table of the schema, so that indexes can be found for it; it is
    named among its materialized views, too, where the catalogs have it."""
    name, index = quote_table(structure.name), object_name(structure.name.name, "key")
    query = unqualified(structure.sql)
    columns = view_columns(structure.sql, structure.key, schema)
    table = Table(structure.name, columns, (Key(index, structure.key),))
    read = dict.fromkeys(
        found.name for node in query.find_all(exp.Table) if (found := find_table(node, schema)) is not None
    )
    return Realisation(
        schema=replace(
            with_table(schema, table),
            materialized_views=(*schema.materialized_views, structure.name),
        ),
        define=(
            f"CREATE MATERIALIZED VIEW {name} AS\n{query.sql(QueryDialect(), pretty=True)}",
            f"CREATE UNIQUE INDEX {quote_identifier(index)} ON {name} ({listed(structure.key)})",
        ),
        readable=(readable_like(structure.name, tuple(read)),),
        refresh=(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}",),
        undo=(f"DROP MATERIALIZED VIEW {name}",),
    )


def view_columns(sql: str, key: Sequence[str], schema: Schema) -> tuple[Column, ...]:
    """What a SELECT gives; the columns of its key are never null."""
    query = qualified(unqualified(sql), schema)
    tables = {
        node.alias_or_name: table
        for node in query.find_all(exp.Table)
        if (table := find_table(node, schema)) is not None
    }
    items = query.selects if isinstance(query, exp.Query) else []
    types = ((item.alias_or_name, value_type(item.unalias(), tables)) for item in items)
    return tuple(Column(name, kind, not_null=name in key) for name, kind in types if kind is not None)
