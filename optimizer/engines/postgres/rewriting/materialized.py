"""A grouped answer that may be stale, read from the materialized view that holds it."""

from __future__ import annotations

from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.model.tables import MaterializedView
from optimizer.queries.materializing import cut
from optimizer.queries.precomputed import VIEW, Unfit
from optimizer.queries.tree import identifier, to_sql


def read_materialized(query: exp.Query, structure: MaterializedView, schema: Schema) -> bool:
    """Read the view instead of the tables, where it holds exactly what can be computed beforehand."""
    try:
        found = cut(query, schema)
    except Unfit:
        return False
    if to_sql(found.view) != structure.sql:
        return False
    source = exp.Table(
        this=identifier(structure.name.name),
        db=identifier(structure.name.schema),
        alias=exp.TableAlias(this=exp.to_identifier(VIEW)),
    )
    found.rest.set("from_", exp.From(this=source))
    for name in {*query.args, *found.rest.args}:
        query.set(name, found.rest.args.get(name))
    return True
