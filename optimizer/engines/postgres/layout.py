"""The tables of a design: the user's own, with what the structures make of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from optimizer.engines.postgres.rewriting.rewrite import rewritten
from optimizer.engines.postgres.structures.copies import copies
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure

REALISED: Mapping[type[Structure], Callable[[Any, Schema], Realisation]] = {
    ExtendedReference: copies,
}
"""How each kind is made, in the order in which they are: what changes a table before what reads it."""


@dataclass(frozen=True)
class TableLayout:
    """`schema` is the user's own, logical one."""

    schema: Schema
    structures: frozenset[Structure] = frozenset()

    @cached_property
    def realised(self) -> tuple[tuple[Structure, Realisation], ...]:
        """The structures in the order in which they are made; each one's schema holds all before it."""
        places = {kind: place for place, kind in enumerate(REALISED)}
        schema, made = self.schema, []
        for structure in sorted(self.structures, key=lambda s: (places[type(s)], s.label)):
            realisation = REALISED[type(structure)](structure, schema)
            made.append((structure, realisation))
            schema = realisation.schema
        return tuple(made)

    @cached_property
    def physical(self) -> Schema:
        """The schema with all structures: more columns, more tables, partitions."""
        return self.realised[-1][1].schema if self.structures else self.schema

    def query(self, query: Query) -> Query:
        """The query as it is written for these tables; the same where it needs no other words."""
        if not self.structures:
            return query
        texts = [rewritten(one.text, self.schema, self.structures) for one in query.statements]
        statements = tuple(
            one if text is None else SourceText(text, one.file, one.line, one.column)
            for one, text in zip(query.statements, texts, strict=True)
        )
        return query if statements == query.statements else replace(query, statements=statements)

    def triggered(self, tables: frozenset[TableName]) -> frozenset[TableName]:
        """The tables that triggers write when these are written, and those that their triggers write."""
        found: set[TableName] = set()
        new = set(tables)
        while new:
            written = {
                other
                for _, realisation in self.realised
                for table in new
                for other in realisation.triggered.get(table, ())
            }
            new = written - found
            found |= new
        return frozenset(found)


def conflict(structures: frozenset[Structure]) -> str:
    """Why these structures don't combine; empty where they do."""
    fields: set[tuple[TableName, str]] = set()
    for one in sorted(structures, key=lambda s: s.label):
        name = getattr(one, "field", None)
        if name is not None:
            if (one.table, name) in fields:
                return f"two structures put something into {one.table}.{name}"
            fields.add((one.table, name))
    return ""
