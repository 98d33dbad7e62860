"""Which queries can notice that structures are there."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.engines.engine import Engine
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure


def affected(
    engine: Engine, queries: Iterable[Query], schema: Schema, structures: frozenset[Structure]
) -> list[Query]:
    """The queries that touch what these structures change, with them or without them."""
    changed = frozenset(table for structure in structures for table in structure.tables)
    found = []
    for query in queries:
        before, after = (engine.touched(query, schema, these) for these in (frozenset(), structures))
        if before is None or after is None or (before | after) & changed:
            found.append(query)
    return found


def noticing(
    engine: Engine, queries: Iterable[Query], schema: Schema, structures: frozenset[Structure]
) -> list[Query]:
    """Those of the affected queries that are planned, or write, otherwise; all of them where none is."""
    every = affected(engine, queries, schema, structures)
    return [query for query in every if engine.notices(query, schema, structures)] or every
