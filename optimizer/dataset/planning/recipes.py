"""How the values of a column, and the parents of a row, are made. Frozen values; rows.py follows them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from generators.generator import Generator
from optimizer.dataset.planning.files import FileRows
from optimizer.model.names import TableName
from optimizer.model.schema import ColumnType


@dataclass(frozen=True, slots=True)
class Chosen:
    """Parents from a generator of row indices (from 0; null: no parent)."""

    generator: Generator


@dataclass(frozen=True, slots=True)
class Within:
    """A parent that shares values with the row: `matches` pairs the row's column with the parent's.

    Where the parent's table has no such row, the row goes without one if it `may_lack` it; else any parent
    will do, unless `strict`. `distinct_of` names a link: rows with the same parent there differ here.
    """

    matches: tuple[tuple[str, str], ...]
    nulls: float = 0.0
    may_lack: bool = False
    strict: bool = False
    distinct_of: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Which row of `parent` each row belongs to; `parent` None stands for rows that are in no table."""

    name: str
    parent: TableName | None
    parents: int
    choice: Chosen | Within


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values of a generator."""

    generator: Generator


@dataclass(frozen=True, slots=True)
class Referenced:
    """The value that the row's parent has in `column`."""

    link: str
    column: str


@dataclass(frozen=True, slots=True)
class Repeated:
    """One value of a generator for each parent of the link."""

    link: str
    generator: Generator


@dataclass(frozen=True, slots=True)
class Numbered:
    """The row's number among those with the same parent, the first being `start`.

    Of a date, days after `start`, of a timestamp minutes, `start` being days or seconds since 1970; each
    parent then starts within a year of it.
    """

    link: str
    start: int = 1


@dataclass(frozen=True, slots=True)
class FirstOf:
    """One value (null: None) for the first row of each parent of the link, others for all further rows."""

    link: str
    value: str | bool | None
    others: Generator


@dataclass(frozen=True, slots=True)
class After:
    """The value of `base` plus a step (a number, or milliseconds); null where either is.

    `last` is the largest value that the column may take, in the column's own unit (milliseconds or days).
    """

    base: str
    steps: Generator
    last: int | Decimal | None = None


Recipe = Drawn | Referenced | Repeated | Numbered | FirstOf | After


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """A written column and how its values are made; `recipe` None: they stand in the table's file."""

    name: str
    type: ColumnType
    recipe: Recipe | None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A table's rows; links stand before those that depend on them."""

    name: TableName
    rows: int
    columns: tuple[ColumnPlan, ...]
    links: tuple[Link, ...] = ()
    file: FileRows | None = None

    def column(self, name: str) -> ColumnPlan:
        """The column of that name; KeyError where it isn't written."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    def link(self, name: str) -> Link:
        """The link of that name; KeyError where the table has none."""
        for link in self.links:
            if link.name == name:
                return link
        raise KeyError(f"{self.name}: {name}")


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """Every table's rows, parents before children."""

    seed: int
    tables: tuple[TablePlan, ...]

    def table(self, name: TableName) -> TablePlan:
        """The plan of one table; KeyError where there is none."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(str(name))
