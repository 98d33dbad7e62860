"""A statement as it is written for some structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from sqlglot import exp

from optimizer.engines.postgres.rewriting.copies import read_copies
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.queries.identity import SameSchema
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import guarded, qualified, to_sql, unqualified

RULES: Mapping[type[Structure], Callable[[exp.Query, Any, Schema], bool]] = {
    ExtendedReference: read_copies,
}
"""What each kind changes in a qualified query, in place: True where it changed something.

The first ones may take away what later ones look for, so those that save most come first.
"""


def rewritten(sql: str, schema: Schema, structures: frozenset[Structure]) -> str | None:
    """The statement's text; None where it stays as it stands.

    Reads are rewritten, and only as far as keys, NOT NULL and foreign keys prove that the answers stay the
    same. Writes go through triggers; a read that locks rows locks those that it names.
    """
    return _rewritten(sql, SameSchema(schema), structures)


@lru_cache(maxsize=4096)
def _rewritten(sql: str, key: SameSchema, structures: frozenset[Structure]) -> str | None:
    try:
        tree = unqualified(sql)
        if not isinstance(tree, exp.Query) or tree.find(exp.Lock):
            return None
        query = qualified(tree, key.schema)
        return to_sql(query) if guarded(_apply, query, key.schema, structures) else None
    except UnreadableSql:
        return None


def _apply(query: exp.Query, schema: Schema, structures: frozenset[Structure]) -> bool:
    changed = False
    for kind, rule in RULES.items():
        for structure in sorted((s for s in structures if isinstance(s, kind)), key=lambda s: s.label):
            changed = rule(query, structure, schema) or changed
    return changed
