"""A grouped answer that may be stale, read from the materialized view that holds it."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.terms import as_source, become
from optimizer.model.schema import Schema
from optimizer.model.tables import MaterializedView
from optimizer.queries.adding import Unfit
from optimizer.queries.materializing import cut
from optimizer.queries.precomputed import VIEW
from optimizer.queries.tree import to_sql


def read_materialized(query: exp.Query, structure: MaterializedView, schema: Schema) -> bool:
    """Read the view instead of the tables, where it holds exactly what can be computed beforehand."""
    try:
        found = cut(query, schema)
    except Unfit:
        return False
    if to_sql(found.view) != structure.sql:
        return False
    found.rest.set("from_", exp.From(this=as_source(structure.name, VIEW)))
    become(query, found.rest)
    return True
