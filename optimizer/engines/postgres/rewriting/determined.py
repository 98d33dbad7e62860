"""Whether a grouped SELECT finds one row for each of its groups, so that there is nothing to put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from optimizer.model.schema import Schema
from optimizer.queries.grouped import conditions, sources
from optimizer.queries.tree import find_table

Place = tuple[str, str]
"""A source's alias and a column."""


def is_one_row_each(select: exp.Select, schema: Schema, alias: str, key: Mapping[str, bool]) -> bool:
    """True where the terms of GROUP BY determine a row of every source.

    `key` are the columns that are unique together in the source `alias`, with whether the day of each one is
    all of it; the keys of other sources are the schema's.
    """
    group = select.args.get("group")
    keys = _keys(select, schema)
    if group is None or keys is None:
        return False
    keys[alias] = [tuple(key)]
    equal = [pair for source in keys for pair in _equalities(conditions(select, source), source)]
    known, found = set(_grouped(group.expressions, alias, key)), set[str]()
    while True:
        free = {place for _, rest in equal for place in rest if place[0] in found or place[0] not in keys}
        more = free | {place for place, rest in equal if rest <= known | free}
        rows = {source for source, own in keys.items() if _has_key(own, source, known | more)}
        if more <= known and rows <= found:
            return found == set(keys)
        known |= more
        found |= rows


def _keys(select: exp.Select, schema: Schema) -> dict[str, list[tuple[str, ...]]] | None:
    """The keys of each source whose columns are never null; None where a source is no table."""
    found = {}
    for source in sources(select):
        if not isinstance(source, exp.Table) or not isinstance(source.this, exp.Identifier):
            return None
        table = find_table(source, schema)
        if table is None:
            return None
        full = (one.columns for one in table.keys if one.columns and not one.where)
        found[source.alias_or_name] = [
            columns for columns in full if all(table.by_name[name].not_null for name in columns)
        ]
    return found


def _grouped(terms: Iterable[exp.Expr], alias: str, key: Mapping[str, bool]) -> Iterator[Place]:
    for term in terms:
        inner = term.unnest()
        if isinstance(inner, exp.Cast) and inner.to.is_type("date"):
            inner = inner.this.unnest()
            if not (isinstance(inner, exp.Column) and inner.table == alias and key.get(inner.name)):
                continue
        if isinstance(inner, exp.Column):
            yield inner.table, inner.name


def _equalities(found: Iterable[exp.Expr], alias: str) -> Iterator[tuple[Place, frozenset[Place]]]:
    """The source's columns that equal something, and the columns that this is made of."""
    for condition in found:
        if not isinstance(condition, exp.EQ) or condition.find(exp.Query):
            continue
        sides = condition.this.unnest(), condition.expression.unnest()
        for mine, other in (sides, sides[::-1]):
            if isinstance(mine, exp.Column) and mine.table == alias and not isinstance(other, exp.Any):
                rest = frozenset((one.table, one.name) for one in other.find_all(exp.Column))
                yield (alias, mine.name), rest


def _has_key(keys: Iterable[tuple[str, ...]], source: str, known: set[Place]) -> bool:
    return any(all((source, name) in known for name in columns) for columns in keys)
