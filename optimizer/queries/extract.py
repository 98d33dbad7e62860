"""From a statement's text to its access facts."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.queries import parameters
from optimizer.queries.blocks import blocks, mirrored
from optimizer.queries.facts import Block, Facts, ParameterUse
from optimizer.queries.identity import SameSchema
from optimizer.queries.names import Names
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.reading import Reading, readings
from optimizer.queries.tree import find_table, flattened, guarded, qualified
from optimizer.queries.uses import UseReader, best_uses

_ENOUGH = 4096


def facts(sql: str, schema: Schema) -> Facts:
    """What the statement reads and writes; what can't be read is told in `gap`, never raised."""
    return _cached(sql, SameSchema(schema))


@lru_cache(maxsize=_ENOUGH)
def _cached(sql: str, key: SameSchema) -> Facts:
    try:
        return guarded(_facts, sql, key.schema)
    except UnreadableSql as unreadable:
        return _gap(sql, str(unreadable))


def _gap(sql: str, why: str) -> Facts:
    try:
        named = parameters.names(sql)
    except UnreadableSql:
        named = ()
    return Facts(parameters=tuple(ParameterUse(n, "unknown") for n in named), complete=False, gap=why)


def _facts(sql: str, schema: Schema) -> Facts:
    found, writes = readings(sql, schema)
    taken: set[str] = set()
    every: list[Block] = []
    uses: list[ParameterUse] = []
    gaps: list[str] = []
    for reading in found:
        names = Names(flattened(qualified(reading.query, schema)), schema, taken)
        uses += UseReader(names, reading).uses()
        gaps += _unknown_sources(reading, names)
        every += blocks(names, nested=reading.nested, outermost=reading.finds_rows)
    order = {name: place for place, name in enumerate(parameters.names(sql))}
    missing = [ParameterUse(name, "unknown") for name in order if name not in {use.name for use in uses}]
    gap = "; ".join(dict.fromkeys(gaps))
    return Facts(mirrored(every), writes, best_uses([*uses, *missing], order), gap=gap)


def _unknown_sources(reading: Reading, names: Names) -> list[str]:
    """A line for each table of the query that the schema doesn't hold: a view, a catalog, a mistake."""
    tables = [
        source
        for scope in names.scopes
        for source in scope.sources.values()
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)
    ]
    return [
        f"{table.name} is no table of the schema" for table in tables if not find_table(table, names.schema)
    ]
