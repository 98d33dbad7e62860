"""A statement as it is written for some structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlglot import exp

from optimizer.engines.postgres.rewriting.buckets import read_buckets
from optimizer.engines.postgres.rewriting.copies import read_copies
from optimizer.engines.postgres.rewriting.generated import read_generated
from optimizer.engines.postgres.rewriting.materialized import read_materialized
from optimizer.engines.postgres.rewriting.outputs import is_order_ambiguous, name_outputs, unname_outputs
from optimizer.engines.postgres.rewriting.pruning import prune
from optimizer.engines.postgres.rewriting.stars import Changes, NotSpelledOut, Spelling
from optimizer.engines.postgres.rewriting.summaries import read_summary
from optimizer.engines.postgres.rewriting.totals import read_totals
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.tables import GeneratedColumn, MaterializedView, Partition, SummaryTable
from optimizer.queries.identity import SameSchema
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import guarded, qualified, to_sql, unqualified

RULES: Mapping[type[Structure], Callable[[exp.Query, Any, Schema], bool]] = {
    MaterializedView: read_materialized,
    ContinuousAggregate: read_buckets,
    SummaryTable: read_summary,
    ExtendedReference: read_copies,
    Partition: prune,
    GeneratedColumn: read_generated,
}
"""What each kind changes in a qualified query, in place: True where it changed something.

The first ones may take away what later ones look for, so those that save most come first.
"""

TOGETHER: Mapping[type[Structure], Callable[[exp.Query, Sequence[Any], Schema], bool]] = {
    Computed: read_totals,
}
"""The same for kinds of which several answer for one SELECT; they come before the others."""


def rewritten(
    sql: str, schema: Schema, structures: frozenset[Structure], physical: Schema | None = None
) -> str | None:
    """The statement's text; None where it stays as it stands. `physical` is the schema with the structures,
    where these change columns.

    Reads are rewritten, and only as far as keys, NOT NULL and foreign keys prove that the answers stay the
    same. Writes go through triggers; a read that locks rows locks those that it names. In all of them a star
    keeps to the columns that it stood for.
    """
    return _rewritten(sql, SameSchema(schema), structures, SameSchema(physical or schema))


def obstacle(sql: str, schema: Schema, physical: Schema) -> str:
    """Why a statement can't be run on tables that have other columns; empty where it can."""
    changes = Changes(schema, physical)
    if not changes.tables:
        return ""
    try:
        guarded(_spelled_out, sql, changes)
    except NotSpelledOut as reason:
        return str(reason)
    except UnreadableSql:
        named = [str(table) for table in changes.tables if "*" in sql and table.name in sql.lower()]
        return f"it can't be read, and a star in it may stand for {named[0]}" if named else ""
    return ""


@lru_cache(maxsize=4096)
def _rewritten(
    sql: str, key: SameSchema, structures: frozenset[Structure], physical: SameSchema
) -> str | None:
    try:
        tree = unqualified(sql)
        if isinstance(tree, exp.Query) and not tree.find(exp.Lock):
            query = _named(tree, key.schema)
            if guarded(_apply, query, key.schema, structures):
                unname_outputs(query)
                return to_sql(query)
        return guarded(_spelled_out, sql, Changes(key.schema, physical.schema))
    except (UnreadableSql, NotSpelledOut):
        return None


def _spelled_out(sql: str, changes: Changes) -> str | None:
    """The text without stars that would stand for more columns than they did; None where it has none."""
    if not changes.tables:
        return None
    tree = unqualified(sql)
    spelling = Spelling(tree, changes)
    if isinstance(tree, exp.Query) and spelling.needs_names():
        spelling.check_rows()
        query = _named(tree, changes.schema)
        for lock, own in zip(query.find_all(exp.Lock), tree.find_all(exp.Lock), strict=True):
            lock.set("expressions", [one.copy() for one in own.expressions])
        unname_outputs(query)
        return to_sql(query)
    return to_sql(tree) if spelling.spell_out() else None


def _named(tree: exp.Query, schema: Schema) -> exp.Query:
    """The qualified query, its outputs named as PostgreSQL names them."""
    copy = tree.copy()
    name_outputs(copy)
    query = qualified(copy, schema)
    if isinstance(query, exp.Query) and not is_order_ambiguous(query):
        return query
    raise UnreadableSql("two outputs have the name that is ordered by")


def _apply(query: exp.Query, schema: Schema, structures: frozenset[Structure]) -> bool:
    changed = False
    for kind, all_at_once in TOGETHER.items():
        if found := sorted((s for s in structures if isinstance(s, kind)), key=lambda s: s.label):
            changed = all_at_once(query, found, schema) or changed
    for kind, rule in RULES.items():
        for structure in sorted((s for s in structures if isinstance(s, kind)), key=lambda s: s.label):
            changed = rule(query, structure, schema) or changed
    return changed
