"""The structures of time series: tables cut into chunks of time, columns for old chunks, kept buckets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimizer.model.names import TableName
from optimizer.model.structure import Structure


@dataclass(frozen=True, slots=True)
class Columnstore:
    """How chunks are stored by columns once their newest row is older than `after_s` seconds.

    `segment_by` are the columns whose equal values stand together; `order_by` a column and whether it
    descends, each.
    """

    segment_by: tuple[str, ...]
    order_by: tuple[tuple[str, bool], ...]
    after_s: int


@dataclass(frozen=True, slots=True)
class Hypertable(Structure):
    """The table's rows are cut into chunks of `chunk_s` seconds by a time column; it keeps its keys.

    `space` is a column by whose hash each of these is cut again, and into how many parts. `columnstore` says
    how old chunks are stored; None: as rows, like new ones.
    """

    kind: ClassVar[str] = "hypertable"
    column: str
    chunk_s: int
    space: tuple[str, int] | None = None
    columnstore: Columnstore | None = None

    @property
    def label(self) -> str:
        """See Structure.label."""
        parts = [f"hypertable {self.table} by {span(self.chunk_s)} of {self.column}"]
        if self.space:
            parts.append(f"{self.space[1]} hashes of {self.space[0]}")
        if self.columnstore:
            by = ", ".join(self.columnstore.segment_by) or "nothing"
            order = ", ".join(f"{name}{' desc' if down else ''}" for name, down in self.columnstore.order_by)
            parts.append(f"columns after {span(self.columnstore.after_s)} by {by} in order of {order}")
        return "; ".join(parts)

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table} as a {self.label.replace(f' {self.table} ', ' ', 1)}"


@dataclass(frozen=True, slots=True)
class TimeBucket:
    """Spans into which time is cut: of so many `seconds`, or of so many `months`; the other one is 0.

    They begin where TimescaleDB's begin in UTC, unless `further` arguments of time_bucket say otherwise: a
    time zone, an origin, an offset, as SQL.
    """

    seconds: int = 0
    months: int = 0
    further: tuple[str, ...] = ()

    @property
    def width(self) -> str:
        """As PostgreSQL takes an interval."""
        return span(self.seconds) if self.seconds else _counted(self.months, "month")

    @property
    def longest_s(self) -> int:
        """The seconds of the longest one: a month has up to 31 days, a day up to 25 hours in a time zone."""
        return self.seconds + self.months * 31 * 86_400 + (3_600 if self.further else 0)

    def makes(self, other: TimeBucket) -> bool:
        """True where each of the other's spans is made of whole ones of these."""
        if self == other:
            return True
        if self.further or other.further:
            return False
        if self.months:
            return bool(other.months) and other.months % self.months == 0
        return (86_400 if other.months else other.seconds) % self.seconds == 0

    def __str__(self) -> str:
        more = f" ({', '.join(self.further)})" if self.further else ""
        return f"{self.width}{more}"


@dataclass(frozen=True, slots=True)
class ContinuousAggregate(Structure):
    """A view `name` that holds what a query over time buckets, which may be stale, asks for.

    `table` is a hypertable by `column`: of chunks of `chunk_s` seconds, where no structure of its own says
    otherwise. `sql` is its SELECT, which groups the rows of `table` alone by a `bucket` of that column, `key`
    are those of its columns that are unique in it together and never null.
    `staleness_s` is how old it may become; `real_time`: rows that came since its last refresh are added
    whenever it is read.
    """

    kind: ClassVar[str] = "continuous aggregate"
    name: TableName
    sql: str
    key: tuple[str, ...]
    staleness_s: float
    column: str
    chunk_s: int
    bucket: TimeBucket
    real_time: bool = False

    @property
    def tables(self) -> frozenset[TableName]:
        """See Structure.tables."""
        return frozenset({self.name, self.table})

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"continuous aggregate {self.name}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        kept = "with newer rows added" if self.real_time else "as of its last refresh"
        by = f"{self.bucket} of {self.table}.{self.column}"
        return f"{self.name}, a continuous aggregate by {by}, {kept}, at most {self.staleness_s:g} s old"


def span(seconds: int) -> str:
    """Seconds as PostgreSQL takes an interval, in the largest unit that gives a whole number."""
    units = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"))
    for size, unit in units:
        if seconds % size == 0 and seconds:
            return _counted(seconds // size, unit)
    return _counted(seconds, "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
