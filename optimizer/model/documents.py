"""The structures of document designs: where rows live, and what is copied, counted or kept at hand.

A table without any of these is *referenced*: a collection of its own, a document a row. `key` names one of
the child's foreign keys to the parent, by its constraint's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimizer.model.names import TableName
from optimizer.model.structure import Structure


@dataclass(frozen=True, slots=True)
class Embed(Structure):
    """The rows of `table` live in their parent's document, in `field`.

    `many`: an array of elements, in no promised order; else one subdocument, null where there is none. The
    columns of the foreign key aren't stored: they are the parent's own.
    """

    kind: ClassVar[str] = "embed"
    parent: TableName
    key: str
    field: str
    many: bool = True

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"embed {self.table} in {self.parent} by {self.key}"

    @property
    def tables(self) -> frozenset[TableName]:
        """See Structure.tables."""
        return frozenset({self.table, self.parent})

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        what = "an array" if self.many else "a subdocument"
        return f"{self.table} embedded in {self.parent}.{self.field} as {what}"


@dataclass(frozen=True, slots=True)
class Subset(Structure):
    """Each document of `table` (the parent) holds its first `limit` children by `order`, in `field`.

    `order` has the child's columns, each with True where it descends, and ends in a unique one; `columns` are
    the child's columns that the elements hold. The children are all in their own collection too.
    """

    kind: ClassVar[str] = "subset"
    child: TableName
    key: str
    field: str
    order: tuple[tuple[str, bool], ...]
    limit: int
    columns: tuple[str, ...]

    @property
    def label(self) -> str:
        """See Structure.label."""
        by = ", ".join(name + (" desc" if down else "") for name, down in self.order)
        return f"first {self.limit} of {self.child} by {by} in {self.table} by {self.key}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"the {self.label.removeprefix('first ')} ({self.table}.{self.field})"


@dataclass(frozen=True, slots=True)
class TimeSeries(Structure):
    """The table, which is only ever appended to, is a time-series collection.

    `time` is its time column, `meta` the columns that name a series (stored under `meta`).
    """

    kind: ClassVar[str] = "time-series"
    time: str
    meta: tuple[str, ...]

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table} as a time series by {self.time}, series by {', '.join(self.meta) or 'nothing'}"
