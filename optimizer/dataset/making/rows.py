"""Follows a plan: any rows of any table, the same whatever the chunks that they are asked for in.

A value depends on the seed, the table, the column and the row's number alone. So the value that a row's
parent has is drawn again where it is needed, and no table has to be made before another.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import polars as pl
from polars.exceptions import PolarsError

from generators.constant import Sequence
from generators.stream import Stream
from optimizer.dataset.constraints.conversion import convert
from optimizer.dataset.constraints.types import dtype
from optimizer.dataset.making.fractions import fractions
from optimizer.dataset.making.groups import Groups, group_rows
from optimizer.dataset.making.steps import add_steps, numbered
from optimizer.dataset.making.within import pick_within
from optimizer.dataset.planning.file_columns import as_wanted
from optimizer.dataset.planning.recipes import (
    After,
    Chosen,
    ColumnPlan,
    DatasetPlan,
    Drawn,
    FirstOf,
    Link,
    Numbered,
    Recipe,
    Referenced,
    Repeated,
    TablePlan,
    Within,
)
from optimizer.errors import Problem, WorkloadError
from optimizer.model.names import TableName

CACHED_BYTES = 512 << 20
"""What a process keeps of parents' columns."""

Memo = dict[str, pl.Series]


@dataclass
class Rows:
    """The rows of a plan's tables; keeps columns that other tables refer to, the least used are let go."""

    plan: DatasetPlan
    cached_bytes: int = CACHED_BYTES
    _columns: OrderedDict[tuple[TableName, str], pl.Series] = field(default_factory=OrderedDict)
    _groups: dict[tuple[TableName, tuple[str, ...]], Groups] = field(default_factory=dict)

    def frame(self, name: TableName, first: int, rows: int) -> pl.DataFrame:
        """Rows `first` to `first + rows - 1` of a table, all written columns in the table's order."""
        table = self.plan.table(name)
        part = _Part(self, table, first, rows)
        return pl.DataFrame([part.column(column) for column in table.columns])

    def whole(self, name: TableName, column: str) -> pl.Series:
        """All values of a column, in row order."""
        key = (name, column)
        if key not in self._columns:
            self._columns[key] = self._made(self.plan.table(name), column)
            self._let_go()
        self._columns.move_to_end(key)
        return self._columns[key]

    def values(self, name: TableName, column: str, rows: pl.Series) -> pl.Series:
        """The values of a column in the rows of these numbers; null for null."""
        recipe = self.plan.table(name).column(column).recipe
        if isinstance(recipe, Drawn) and isinstance(recipe.generator, Sequence):
            return rows * recipe.generator.step + recipe.generator.start
        return self.whole(name, column).gather(rows)

    def whole_link(self, name: TableName, link: str) -> pl.Series:
        """The parent of every row of a table."""
        key = (name, f"{link} (link)")
        if key not in self._columns:
            table = self.plan.table(name)
            self._columns[key] = _Part(self, table, 0, table.rows).link(table.link(link))
        return self._columns[key]

    def ordinals(self, name: TableName, link: str) -> pl.Series:
        """Each row's number, from 0, among the rows with the same parent, in row order."""
        key = (name, f"{link} (number)")
        if key not in self._columns:
            parents = self.whole_link(name, link).alias("parent").to_frame()
            self._columns[key] = parents.select(pl.int_range(pl.len()).over("parent")).to_series()
        return self._columns[key]

    def groups(self, name: TableName, columns: tuple[str, ...]) -> Groups:
        """The rows of a table by their values in `columns`."""
        key = (name, columns)
        if key not in self._groups:
            self._groups[key] = group_rows(pl.DataFrame([self.whole(name, c).alias(c) for c in columns]))
        return self._groups[key]

    def _made(self, table: TablePlan, column: str) -> pl.Series:
        return _Part(self, table, 0, table.rows).column(table.column(column))

    def _let_go(self) -> None:
        while len(self._columns) > 1 and self._size() > self.cached_bytes:
            self._columns.popitem(last=False)

    def _size(self) -> int:
        return sum(int(series.estimated_size()) for series in self._columns.values())


@dataclass
class _Part:
    """Some rows of one table; each link and column of them is made once."""

    source: Rows
    table: TablePlan
    first: int
    rows: int
    _links: Memo = field(default_factory=dict)
    _values: Memo = field(default_factory=dict)

    def column(self, column: ColumnPlan) -> pl.Series:
        """The column's values in the column's type."""
        if column.name not in self._values:
            self._values[column.name] = self._fitting(column).alias(column.name)
        return self._values[column.name]

    def link(self, link: Link) -> pl.Series:
        """The row numbers of the parents; null where there is none."""
        if link.name not in self._links:
            self._links[link.name] = self._chosen(link).cast(pl.Int64)
        return self._links[link.name]

    def _fitting(self, column: ColumnPlan) -> pl.Series:
        try:
            values = self._follow(column, column.recipe) if column.recipe else self._read(column)
            return convert(values, column.type)
        except PolarsError as error:
            message = f"{self.table.name}.{column.name}: its values don't fit the type {column.type.sql}"
            raise WorkloadError(Problem(f"{message}: {str(error).splitlines()[0]}")) from error

    def _read(self, column: ColumnPlan) -> pl.Series:
        file = self.table.file
        assert file is not None
        if column.name not in dict(file.columns):
            return pl.Series([None], dtype=dtype(column.type)).new_from_index(0, self.rows)
        return file.scan().select(as_wanted(file, column)).slice(self.first, self.rows).collect().to_series()

    def _follow(self, column: ColumnPlan, recipe: Recipe) -> pl.Series:
        match recipe:
            case Drawn(generator):
                return generator.draw(self._stream(column.name), self.first, self.rows)
            case Referenced(name, referenced):
                link = self.table.link(name)
                assert link.parent is not None
                return self.source.values(link.parent, referenced, self.link(link))
            case Repeated(name, generator):
                link = self.table.link(name)
                values = generator.draw(self._stream(column.name), 0, link.parents)
                return values.gather(self.link(link))
            case Numbered(name, start):
                numbers = self.source.ordinals(self.table.name, name).slice(self.first, self.rows)
                return numbered(numbers, self.link(self.table.link(name)), start, column.type)
            case FirstOf(name, value, others):
                numbers = self.source.ordinals(self.table.name, name).slice(self.first, self.rows)
                drawn = convert(others.draw(self._stream(column.name), self.first, self.rows), column.type)
                usual = pl.Series([value], dtype=drawn.dtype).new_from_index(0, self.rows)
                return usual.zip_with(numbers == 0, drawn)
            case After(base, steps, last):
                values = self.column(self.table.column(base))
                added = steps.draw(self._stream(column.name), self.first, self.rows)
                return add_steps(values, added, column.type, last)

    def _chosen(self, link: Link) -> pl.Series:
        if isinstance(link.choice, Chosen):
            return link.choice.generator.draw(self._stream(link.name), self.first, self.rows)
        return self._within(link, link.choice)

    def _within(self, link: Link, choice: Within) -> pl.Series:
        assert link.parent is not None
        groups = self.source.groups(link.parent, tuple(theirs for _, theirs in choice.matches))
        own = pl.DataFrame([self.column(self.table.column(o)).alias(t) for o, t in choice.matches])
        ordinals = None
        if choice.distinct_of is not None:
            numbers = self.source.ordinals(self.table.name, choice.distinct_of)
            ordinals = numbers.slice(self.first, self.rows)
        lots = fractions(self._stream(link.name), self.first, self.rows, 2)
        found = pick_within(groups, own, choice, lots, ordinals, link.parents)
        if found.lacking is not None:
            raise WorkloadError(self._lacking(link, choice, found.lacking))
        return found.parents

    def _lacking(self, link: Link, choice: Within, values: str) -> Problem:
        columns = ", ".join(own for own, _ in choice.matches)
        message = (
            f"{self.table.name} has rows with {columns} = {values}, but {link.parent} has too few such rows"
        )
        return Problem(
            message, None, f"give {link.parent} more rows, counted per the same parent, without skew"
        )

    def _stream(self, name: str) -> Stream:
        return Stream(self.source.plan.seed, str(self.table.name), name)
