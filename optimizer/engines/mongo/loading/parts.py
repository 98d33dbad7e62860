"""What there is to load: the parts of each collection, and the files that have to be spread before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.loading.slices import Slice, cut, height
from optimizer.engines.mongo.loading.sources import Relation, relations
from optimizer.engines.mongo.loading.spreading import Spread
from optimizer.engines.mongo.values import is_stored
from optimizer.model.names import TableName

PART_ROWS = 100_000
"""Rows of a table and of its children in a part, on the average: some 200 MB while it is made."""

SPREAD_ROWS = 200_000
"""Children that are put beside their parents in one go."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some documents of a collection: their rows, and the files that hold their children.

    A folder stands for those of its files that are the part's.
    """

    table: TableName
    number: int
    slices: tuple[Slice, ...]
    children: tuple[tuple[Relation, Path], ...]

    @property
    def rows(self) -> int:
        """The documents that it comes to."""
        return sum(part.rows for part in self.slices)


@dataclass(frozen=True, slots=True)
class Work:
    """All parts, and what has to be done before any of them."""

    parts: tuple[Part, ...]
    spreads: tuple[Spread, ...]


def work(layout: Layout, dataset: Dataset, tables: Sequence[TableName], folder: Path, rows: int) -> Work:
    """How to fill the collections of these tables; `folder` is for files of the meantime."""
    parts: list[Part] = []
    spreads: list[Spread] = []
    for place, table in enumerate(tables):
        found = dataset.table(table)
        related = relations(layout, table)
        weight = found.rows + sum(dataset.table(child).rows for child, _ in related)
        size = max(1, rows * found.rows // max(1, weight))
        folders = {one: folder / f"{place}-{number}" for number, one in enumerate(related)}
        slices = cut(found.files, [height(file) for file in found.files], size)
        children = tuple(folders.items())
        parts.extend(Part(table, number, part, children) for number, part in enumerate(slices))
        for one, where in folders.items():
            spreads.extend(_spreads(layout, dataset, one, found.files, size, where))
    return Work(tuple(parts), tuple(spreads))


def stored_columns(layout: Layout, dataset: Dataset, table: TableName) -> tuple[str, ...]:
    """The dataset's columns that documents hold."""
    known = layout.schema.by_name[table].by_name
    return tuple(name for name in dataset.table(table).columns if is_stored(known[name]))


def _spreads(
    layout: Layout, dataset: Dataset, one: Relation, parents: tuple[Path, ...], rows: int, folder: Path
) -> Iterator[Spread]:
    child, name = one
    columns = stored_columns(layout, dataset, child)
    files = dataset.table(child).files
    for number, slices in enumerate(cut(files, [height(file) for file in files], SPREAD_ROWS)):
        yield Spread(slices, number, columns, layout.key(child, name), parents, rows, folder)
