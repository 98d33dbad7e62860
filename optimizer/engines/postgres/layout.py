"""The tables of a design: the user's own, with what the structures make of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, TypeAlias

from optimizer.engines.postgres.rewriting.rewrite import obstacle, rewritten
from optimizer.engines.postgres.rewriting.translation import Untranslated, translated
from optimizer.engines.postgres.structures.column_order import column_order
from optimizer.engines.postgres.structures.copies import copies
from optimizer.engines.postgres.structures.generated import generated
from optimizer.engines.postgres.structures.grown_keys import growing
from optimizer.engines.postgres.structures.materialized import materialized
from optimizer.engines.postgres.structures.partitions import partitions
from optimizer.engines.postgres.structures.realisation import Realisation, Realised, Spread
from optimizer.engines.postgres.structures.storage import fillfactor, toast
from optimizer.engines.postgres.structures.summaries import summaries
from optimizer.engines.postgres.structures.totals import totals
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.hypertables import ContinuousAggregate
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.tables import (
    ColumnOrder,
    Fillfactor,
    GeneratedColumn,
    MaterializedView,
    Partition,
    SummaryTable,
    Toast,
)

Make: TypeAlias = Callable[[Any, Schema], Realisation]
Kinds: TypeAlias = Mapping[type[Structure], Make]

REALISED: Kinds = {
    ColumnOrder: column_order,
    Fillfactor: fillfactor,
    Toast: toast,
    Partition: partitions,
    ExtendedReference: copies,
    Computed: totals,
    GeneratedColumn: generated,
    SummaryTable: summaries,
    MaterializedView: materialized,
}
"""How each kind is made, in the order in which they are: what changes a table before what reads it."""

UNREAD = (ColumnOrder, Fillfactor, Toast, Partition)
"""The kinds that no statement names: they change how rows are stored."""

CUTTING = (Partition,)
"""The kinds that cut a table by a column, which all its keys then have to hold."""


@dataclass(frozen=True)
class TableLayout:
    """`schema` is the user's own, logical one; the others are what an engine can make."""

    kinds: ClassVar[Kinds] = REALISED
    unread: ClassVar[tuple[type[Structure], ...]] = UNREAD
    cutting: ClassVar[tuple[type[Any], ...]] = CUTTING

    schema: Schema
    structures: frozenset[Structure] = frozenset()

    @cached_property
    def realised(self) -> Realised:
        """The structures in the order in which they are made; each one's schema holds all before it."""
        places = {kind: place for place, kind in enumerate(self.kinds)}
        schema, made = self.schema, []
        for structure in sorted(self.structures, key=lambda s: (places[type(s)], self._rank(s), s.label)):
            realisation = self._realisation(structure, schema)
            made.append((structure, realisation))
            schema = realisation.schema
        return tuple(made)

    def _rank(self, structure: Structure) -> int:
        """The place of a structure among those of its kind."""
        return 0

    def _realisation(self, structure: Structure, schema: Schema) -> Realisation:
        return self.kinds[type(structure)](structure, schema)

    @cached_property
    def physical(self) -> Schema:
        """The schema with all structures: more columns, more tables, partitions."""
        return self.realised[-1][1].schema if self.structures else self.schema

    @cached_property
    def spread(self) -> tuple[Spread, ...]:
        """What triggers look for by a key, unseen by EXPLAIN."""
        return tuple(one for _, realisation in self.realised for one in realisation.spread)

    @property
    def given_up(self) -> tuple[str, ...]:
        """The constraints (`table.name`) that the structures don't keep by themselves."""
        cut = sorted((s for s in self.structures if isinstance(s, self.cutting)), key=lambda s: s.label)
        names = (f"{s.table}.{key.name}" for s in cut for key in growing(s, self.schema.by_name[s.table]))
        return tuple(dict.fromkeys(names))

    def spoken(self, query: Query) -> Query:
        """The query in PostgreSQL's own words: without time_bucket; the same where it has none.

        What can't be had otherwise is left as it stands: the server says so.
        """
        try:
            texts = [translated(one.text, self.schema, query.params).text for one in query.statements]
        except Untranslated:
            return query
        return _with_texts(query, texts)

    def query(self, query: Query) -> Query:
        """The query as it is written for these tables; the same where it needs no other words."""
        query = self.spoken(query)
        if not self.structures:
            return query
        usable = frozenset(one for one in self.structures if _is_fresh(one, query))
        texts = [rewritten(one.text, self.schema, usable, self.physical) for one in query.statements]
        return _with_texts(query, texts)

    def obstacle(self, query: Query) -> str:
        """Why the query can't be run on these tables; empty where it can."""
        reasons = (obstacle(one.text, self.schema, self.physical) for one in query.statements)
        return next((reason for reason in reasons if reason), "")

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


def _with_texts(query: Query, texts: Sequence[str | None]) -> Query:
    """The query with other texts, where there are any."""
    statements = tuple(
        one if text is None or text == one.text else SourceText(text, one.file, one.line, one.column)
        for one, text in zip(query.statements, texts, strict=True)
    )
    return query if statements == query.statements else replace(query, statements=statements)


def _is_fresh(structure: Structure, query: Query) -> bool:
    """False for a materialized answer that may be older than the query allows."""
    if not isinstance(structure, MaterializedView | ContinuousAggregate):
        return True
    return query.staleness_s is not None and structure.staleness_s <= query.staleness_s


def conflict(structures: frozenset[Structure]) -> str:
    """Why these structures don't combine; empty where they do."""
    ordered = sorted(structures, key=lambda s: s.label)
    return next(chain(_against_partitions(ordered), _circles(ordered), _same_fields(ordered)), "")


def _against_partitions(structures: Sequence[Structure]) -> Iterator[str]:
    partitioned = [one.table for one in structures if isinstance(one, Partition)]
    for table in sorted(set(partitioned)):
        if partitioned.count(table) > 1:
            yield f"{table} can be partitioned in one way only"
    for one in structures:
        if isinstance(one, ColumnOrder | Fillfactor | Toast) and one.table in partitioned:
            yield f"{one.table} is partitioned, and {one.kind} is for the tables that hold rows"
        if isinstance(one, ExtendedReference) and one.parent in partitioned:
            moving = "a row that moves to another partition fires no UPDATE trigger"
            yield f"{one.parent} is partitioned: {moving}"
        if isinstance(one, Computed) and one.table in partitioned:
            yield f"{one.table} is partitioned: its rows may not be found by {one.key} alone"


def _circles(structures: Sequence[Structure]) -> Iterator[str]:
    copied = {(s.parent, s.table, s.key) for s in structures if isinstance(s, ExtendedReference)}
    for one in structures:
        if isinstance(one, Computed) and (one.table, one.child, one.key) in copied:
            ends = f"{one.table} to {one.child} and totals back"
            yield f"copies from {ends}: a write of each would wait for the other"


def _same_fields(structures: Sequence[Structure]) -> Iterator[str]:
    fields: set[tuple[TableName, str]] = set()
    for one in structures:
        name = getattr(one, "field", None)
        if name is not None:
            if (one.table, name) in fields:
                yield f"two structures put something into {one.table}.{name}"
            fields.add((one.table, name))
