"""The structures of tables: how rows are spread and stored, and what is computed before it is asked for.

Copies of a parent's columns and totals over its children are in denormalisation.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from optimizer.model.names import TableName
from optimizer.model.schema import ColumnType
from optimizer.model.structure import Structure

RANGE, LIST, HASH = "range", "list", "hash"


@dataclass(frozen=True, slots=True)
class Partition(Structure):
    """The table's rows are spread over partitions by one column.

    `method` is RANGE (`bounds` are the beginnings of the partitions as ISO dates, ascending, and the end of
    the last one, all of them at midnight UTC; `step` is day, week, month, quarter or year), LIST (`bounds`
    are the values as text, a partition each) or HASH (`bounds` is empty, `modulus` the number of
    partitions). By range and list there is a default partition too. Keys of the table that lack the column
    get it as their last one; they keep their names.
    """

    kind: ClassVar[str] = "partition"
    method: str
    column: str
    bounds: tuple[str, ...] = ()
    step: str = ""
    modulus: int = 0

    @property
    def label(self) -> str:
        """See Structure.label."""
        how = {RANGE: self.step, LIST: "list", HASH: f"hash into {self.modulus}"}[self.method]
        return f"partition {self.table} by {how} of {self.column}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table} partitioned {self.label.removeprefix(f'partition {self.table} ')}"


@dataclass(frozen=True, slots=True)
class SummaryTable(Structure):
    """A table `name` with a row for each group of the rows of `table`, kept by triggers.

    `groups` are its key: a column's name each, and the expression over unqualified columns of `table` that it
    holds; rows for which one of them is null are in no group. `totals` are a column's name, `count`, `sum`,
    `min` or `max`, and the column of `table` whose values it is over: 0 for the sum of no values. `rows`
    counts a group's rows: one without any goes.
    """

    kind: ClassVar[str] = "summary"
    name: TableName
    groups: tuple[tuple[str, str], ...]
    totals: tuple[tuple[str, str, str], ...]
    rows: str

    @property
    def tables(self) -> frozenset[TableName]:
        """See Structure.tables."""
        return frozenset({self.name})

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"summary {self.name}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        by = ", ".join(expression for _, expression in self.groups)
        totals = (f"{function}({column})" for _, function, column in self.totals)
        what = ", ".join(("count(*)", *totals))
        return f"{what} of {self.table} by {by}, kept in {self.name}"


@dataclass(frozen=True, slots=True)
class MaterializedView(Structure):
    """A materialized view `name` that holds what a query, which may be stale, asks for.

    `sql` is its SELECT, `key` are those of its columns that are unique in it together and never null.
    `staleness_s` is how old it may become. `table` is the largest one that it reads.
    """

    kind: ClassVar[str] = "materialized"
    name: TableName
    sql: str
    key: tuple[str, ...]
    staleness_s: float

    @property
    def tables(self) -> frozenset[TableName]:
        """See Structure.tables."""
        return frozenset({self.name})

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"materialized view {self.name}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.name}, a materialized view, refreshed every {self.staleness_s:g} s"


@dataclass(frozen=True, slots=True)
class GeneratedColumn(Structure):
    """The table has one more column, `field`, that PostgreSQL computes: GENERATED ALWAYS AS ... STORED.

    `expression` is over unqualified columns of the table; `type` and `collation` (None: the default one) are
    what it gives, so that the column is compared and sorted as the expression is.
    """

    kind: ClassVar[str] = "generated"
    field: str
    type: ColumnType
    expression: str
    collation: str | None = None

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"generated {self.table}.{self.field}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table}.{self.field} generated as {self.expression}"


@dataclass(frozen=True, slots=True)
class Fillfactor(Structure):
    """The table's pages are filled to so many percent, so that updated rows find room beside the old ones."""

    kind: ClassVar[str] = "fillfactor"
    percent: int

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table} with fillfactor {self.percent}"


@dataclass(frozen=True, slots=True)
class ColumnOrder(Structure):
    """The table's columns stand in this order on disk, which leaves less room between them."""

    kind: ClassVar[str] = "column order"
    columns: tuple[str, ...]

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        return f"{self.table} with its columns in the order {', '.join(self.columns)}"


@dataclass(frozen=True, slots=True)
class Toast(Structure):
    """Values of one wide column are kept outside of rows that would be longer than `tuple_target` bytes, or
    compressed with `compression` (pglz or lz4); what is None stays as it is.

    PostgreSQL moves nothing out of rows below its threshold of 2 kB, whatever the target.
    """

    kind: ClassVar[str] = "toast"
    column: str
    tuple_target: int | None = None
    compression: str | None = None

    @property
    def label(self) -> str:
        """See Structure.label."""
        return f"toast {self.table}.{self.column}"

    @property
    def definition(self) -> str:
        """See Structure.definition."""
        how = [
            *([f"outside of rows above {self.tuple_target} bytes"] if self.tuple_target else []),
            *([f"compressed with {self.compression}"] if self.compression else []),
        ]
        return f"{self.table}.{self.column} {' and '.join(how)}"
