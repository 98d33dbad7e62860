"""Where every table and column of the logical schema lives in the documents of a design. Pure.

The rules: a collection is named after its table (`audit_log` of another schema than public:
`schema.audit_log`). A primary key of one column is the document's `_id`; every other column has its own
name. An embedded row keeps its columns' names (its primary key too), without the columns of the foreign key
to its parent. Every column is there, with an explicit null where it has no value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.documents import Embed, Subset, TimeSeries
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema, Table
from optimizer.model.structure import Structure

_Kind = TypeVar("_Kind", bound=Structure)

ID = "_id"
META = "meta"


@dataclass(frozen=True, slots=True)
class Home:
    """Where a table's rows live: documents of `collection`, or within them in the field `path`.

    `many`: in an array there; else (with a path) in a subdocument that is null where there is no row.
    """

    collection: str
    path: str = ""
    many: bool = False

    @property
    def embedded(self) -> bool:
        return bool(self.path)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column's value is: `field` of the row's own (sub)document, or of the parent's document.

    `of_parent` is True for the foreign key's columns of an embedded row: the value is the parent's own.
    """

    field: str
    of_parent: bool = False


@dataclass(frozen=True)
class Layout:
    """The documents of a design. ValueError where a table would have two homes, or embeds into an embedded
    one: such structures don't combine."""

    schema: Schema
    structures: frozenset[Structure] = frozenset()

    def __post_init__(self) -> None:
        reason = conflict(self.structures)
        if reason:
            raise ValueError(reason)

    def home(self, table: TableName) -> Home:
        """Where the table's rows live."""
        embed = self.embed_of(table)
        if embed is None:
            return Home(str(table))
        return Home(str(embed.parent), embed.field, embed.many)

    def place(self, table: TableName, column: str) -> Place:
        """Where a column's value is, seen from the row."""
        embed, series = self.embed_of(table), self.time_series_of(table)
        if embed is not None:
            key = self.key(table, embed.key)
            if column in key.columns:
                referenced = key.referenced[key.columns.index(column)]
                return Place(self.place(embed.parent, referenced).field, of_parent=True)
            return Place(column)
        if series is not None:
            return Place(f"{META}.{column}" if column in series.meta else column)
        return Place(ID if self.id_column(table) == column else column)

    def path(self, table: TableName, column: str) -> str:
        """Where a column's value is, seen from the document of the table's collection (`items.quantity`)."""
        home, place = self.home(table), self.place(table, column)
        return f"{home.path}.{place.field}" if home.path and not place.of_parent else place.field

    def id_column(self, table: TableName) -> str | None:
        """The column that is the document's `_id`; None where the server makes one, or it is embedded."""
        key = self.schema.by_name[table].primary_key
        own = self.embed_of(table) is None and self.time_series_of(table) is None
        return key.columns[0] if own and key is not None and len(key.columns) == 1 else None

    def key(self, child: TableName, name: str) -> ForeignKey:
        """The child's foreign key of that name; KeyError where it has none."""
        return self.schema.by_name[child].foreign_key(name)

    @cached_property
    def collections(self) -> tuple[Table, ...]:
        """The tables that have a collection of their own, in DDL order."""
        return tuple(table for table in self.schema.tables if self.embed_of(table.name) is None)

    def embed_of(self, child: TableName) -> Embed | None:
        """How the table's rows are embedded, if they are."""
        return next((s for s in self.of(Embed) if s.table == child), None)

    def embedded_in(self, parent: TableName) -> tuple[Embed, ...]:
        """What is embedded in the documents of the table, in the order of the fields' names."""
        return tuple(s for s in self.of(Embed) if s.parent == parent)

    def copies_in(self, child: TableName) -> tuple[ExtendedReference, ...]:
        """The copies that the table's documents hold of their parents' columns."""
        return tuple(s for s in self.of(ExtendedReference) if s.table == child)

    def copies_of(self, parent: TableName) -> tuple[ExtendedReference, ...]:
        """The copies that other documents hold of the table's columns."""
        return tuple(s for s in self.of(ExtendedReference) if s.parent == parent)

    def computed_in(self, parent: TableName) -> tuple[Computed, ...]:
        """The counters and sums that the table's documents hold."""
        return tuple(s for s in self.of(Computed) if s.table == parent)

    def computed_of(self, child: TableName) -> tuple[Computed, ...]:
        """The counters and sums over the table's rows."""
        return tuple(s for s in self.of(Computed) if s.child == child)

    def subsets_in(self, parent: TableName) -> tuple[Subset, ...]:
        """The first few children that the table's documents hold."""
        return tuple(s for s in self.of(Subset) if s.table == parent)

    def subsets_of(self, child: TableName) -> tuple[Subset, ...]:
        """Where the table's first few rows are held too."""
        return tuple(s for s in self.of(Subset) if s.child == child)

    def time_series_of(self, table: TableName) -> TimeSeries | None:
        """How the table is a time series, if it is."""
        return next((s for s in self.of(TimeSeries) if s.table == table), None)

    def of(self, kind: type[_Kind]) -> tuple[_Kind, ...]:
        """The structures of one kind, in a fixed order."""
        found = [s for s in self.structures if isinstance(s, kind)]
        return tuple(sorted(found, key=lambda s: s.label))


def conflict(structures: Iterable[Structure]) -> str:
    """Why these structures don't combine; empty where they do.

    Every table has one home. An embedded table embeds nothing, holds no copies, counters or subsets, and
    none are kept of it: what is kept in its parent's document needs none.
    """
    every = list(structures)
    embeds = [s for s in every if isinstance(s, Embed)]
    embedded = {s.table for s in embeds}
    series = {s.table for s in every if isinstance(s, TimeSeries)}
    fields: set[tuple[TableName, str]] = set()
    if len(embedded) < len(embeds):
        return "a table can be embedded in one place only"
    for one in every:
        holder = one.parent if isinstance(one, Embed) else one.table
        if holder in embedded or (not isinstance(one, Embed) and one.table in embedded):
            return f"{holder} is embedded itself"
        if isinstance(one, Computed | Subset) and one.child in embedded:
            return f"{one.child} is embedded itself"
        if isinstance(one, ExtendedReference) and one.parent in embedded:
            return f"{one.parent} is embedded itself"
        if not isinstance(one, TimeSeries) and (holder in series or one.table in series):
            return f"{holder} is a time series"
        if isinstance(one, Embed | ExtendedReference | Computed | Subset):
            if (holder, one.field) in fields:
                return f"two structures put something into {holder}.{one.field}"
            fields.add((holder, one.field))
    return ""
