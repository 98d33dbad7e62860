"""The tables of a design on TimescaleDB: what PostgreSQL has, and hypertables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from typing import Any, ClassVar

from optimizer.engines.postgres.layout import CUTTING, REALISED, UNREAD, Kinds, Make, TableLayout
from optimizer.engines.postgres.layout import conflict as of_tables
from optimizer.engines.postgres.structures.realisation import Realisation
from optimizer.engines.timescale.dialect import Dialect
from optimizer.engines.timescale.structures.aggregate import aggregate
from optimizer.engines.timescale.structures.hypertable import hypertable
from optimizer.engines.timescale.structures.nesting import Nested, nested
from optimizer.engines.timescale.structures.obstacles import LOST
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.tables import ColumnOrder, Fillfactor, GeneratedColumn, Partition, SummaryTable, Toast

_TAKEN_OVER = (Partition, ColumnOrder, Fillfactor, Toast)
"""What is said of a table's own storage, which a hypertable's chunks have instead."""

_UNSEEN = "before TimescaleDB 2.18 no trigger there sees all rows of a statement"


def _kinds(dialect: Dialect) -> Kinds:
    """Tables become hypertables before anything reads or keeps their rows."""
    kinds: dict[type[Structure], Make] = {Hypertable: partial(hypertable, dialect=dialect)}
    return kinds | dict(REALISED) | {ContinuousAggregate: aggregate}


@dataclass(frozen=True)
class HypertableLayout(TableLayout):
    """See TableLayout; for servers that have the words of 2.18."""

    kinds: ClassVar[Kinds] = _kinds(Dialect(columnstore=True))
    unread: ClassVar[tuple[type[Structure], ...]] = (*UNREAD, Hypertable)
    cutting: ClassVar[tuple[type[Any], ...]] = (*CUTTING, Hypertable, ContinuousAggregate)

    def spoken(self, query: Query) -> Query:
        """The query as it stands: time_bucket is at home here."""
        return query

    @cached_property
    def _nested(self) -> Mapping[ContinuousAggregate, Nested]:
        return nested([one for one in self.structures if isinstance(one, ContinuousAggregate)], self.schema)

    def _rank(self, structure: Structure) -> int:
        """Coarse buckets may be made of finer ones."""
        return structure.bucket.longest_s if isinstance(structure, ContinuousAggregate) else 0

    def _realisation(self, structure: Structure, schema: Schema) -> Realisation:
        if isinstance(structure, ContinuousAggregate):
            return aggregate(structure, schema, self._nested[structure])
        return super()._realisation(structure, schema)


@dataclass(frozen=True)
class CompressionLayout(HypertableLayout):
    """The same for servers before that."""

    kinds: ClassVar[Kinds] = _kinds(Dialect(columnstore=False))


def conflict(structures: frozenset[Structure]) -> str:
    """Why these structures don't combine; empty where they do."""
    ordered = sorted(structures, key=lambda one: one.label)
    reasons = chain(
        _twice(ordered), _by_other_columns(ordered), _generated(ordered), _on_hypertables(ordered)
    )
    return of_tables(structures) or next(reasons, "")


def _twice(structures: Sequence[Structure]) -> Iterator[str]:
    cut = [one.table for one in structures if isinstance(one, Hypertable)]
    for table in sorted({table for table in cut if cut.count(table) > 1}):
        yield f"{table} can be a hypertable in one way only"


def _by_other_columns(structures: Sequence[Structure]) -> Iterator[str]:
    """The buckets of an aggregate are of the column that its table is cut by."""
    columns: dict[TableName, str] = {}
    for one in structures:
        if isinstance(one, Hypertable | ContinuousAggregate):
            known = columns.setdefault(one.table, one.column)
            if known != one.column:
                yield f"{one.table} can be cut by one column only, not by {known} and {one.column}"
    names = [one.name for one in structures if isinstance(one, ContinuousAggregate)]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two continuous aggregates are called {name}"


def _generated(structures: Sequence[Structure]) -> Iterator[str]:
    """See structures/obstacles.py."""
    stored = {one.table for one in structures if isinstance(one, Hypertable) and one.columnstore}
    for one in structures:
        if isinstance(one, GeneratedColumn) and one.table in stored:
            yield f"{one.table} has chunks that are stored by columns: {LOST}"


def _on_hypertables(structures: Sequence[Structure]) -> Iterator[str]:
    """Before TimescaleDB 2.18 rows of hypertables fire no triggers that see all rows of a statement."""
    cut = {one.table for one in structures if isinstance(one, Hypertable | ContinuousAggregate)}
    for one in structures:
        if isinstance(one, _TAKEN_OVER) and one.table in cut:
            yield f"{one.table} is a hypertable, whose rows are in chunks: no {one.kind} of its own"
        if isinstance(one, SummaryTable) and one.table in cut:
            yield f"{one.table} is a hypertable: {_UNSEEN}"
        if isinstance(one, Computed) and one.child in cut:
            yield f"{one.child} is a hypertable: {_UNSEEN}"
        if isinstance(one, Computed) and one.table in cut:
            yield f"{one.table} is a hypertable: totals aren't kept in chunks"
        if isinstance(one, ExtendedReference) and {one.table, one.parent} & cut:
            yield f"{min({one.table, one.parent} & cut)} is a hypertable: copies aren't kept in chunks"
