"""Grouped answers that may be stale, read from the continuous aggregate that holds them."""

from __future__ import annotations

from sqlglot import exp

from optimizer.design.hypertables.bucketed import Bucketed, bucketed
from optimizer.engines.postgres.rewriting.terms import as_source, become
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.schema import Schema
from optimizer.queries.precomputed import VIEW


def read_buckets(query: exp.Query, structure: ContinuousAggregate, schema: Schema) -> bool:
    """Read the aggregate in each SELECT, subqueries among them, of which it holds exactly what is kept."""
    changed = False
    for found in list(bucketed(query, schema)):
        if isinstance(found, Bucketed) and found.sql == structure.sql:
            found.rest.set("from_", exp.From(this=as_source(structure.name, VIEW)))
            become(found.select, found.rest)
            changed = True
    return changed
