"""The rows that bindings are made from: one row of each table a binding, consistent with each other.

A table that the query joins to another as its parent gives the row that the child's row refers to; a table
for itself gives rows as they come. Where session settings name a column that rows lead to by foreign keys
(a tenant), all rows of a binding lead to the same one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from optimizer.dataset.bindings import paths
from optimizer.dataset.bindings.sampling import sample
from optimizer.dataset.dataset import Dataset
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema
from optimizer.queries.facts import Facts

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Need:
    """What a table's rows must hold: `columns`, of which `filled` may not be null."""

    columns: tuple[str, ...]
    filled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A table whose row follows from its child's row."""

    child: TableName
    key: ForeignKey


def links(found: Sequence[Facts], needed: Mapping[TableName, Need], schema: Schema) -> dict[TableName, Link]:
    """The needed tables that a query joins as parents of needed tables; never a circle."""
    linked: dict[TableName, Link] = {}
    for child in needed:
        for key in schema.by_name[child].foreign_keys:
            parent = key.target
            is_free = parent in needed and parent != child and parent not in linked
            if is_free and _joins(found, child, key) and not _leads_to(linked, child, parent):
                linked[parent] = Link(child, key)
    return linked


def _leads_to(linked: Mapping[TableName, Link], table: TableName, other: TableName) -> bool:
    while table in linked:
        table = linked[table].child
        if table == other:
            return True
    return False


def _joins(found: Sequence[Facts], child: TableName, key: ForeignKey) -> bool:
    ends = {(child, key.columns[0]), (key.target, key.referenced[0])}
    for fact in found:
        tables = {source.alias: source.table for block in fact.blocks for source in block.sources}
        for block in fact.blocks:
            for edge in block.joins:
                pair = {(tables.get(term.alias), term.column) for term in (edge.left, edge.right)}
                if pair == ends:
                    return True
    return False


class Rows:
    """The sampled rows of all needed tables."""

    def __init__(
        self,
        needed: Mapping[TableName, Need],
        linked: Mapping[TableName, Link],
        dataset: Dataset,
        seed: int,
    ) -> None:
        self.needed = needed
        self.linked = linked
        self.dataset = dataset
        self.seed = seed

    def pool(self, table: TableName) -> pl.DataFrame:
        """The sampled rows of a table, those with nulls where none may be left out if others remain."""
        need = self.needed[table]
        below = [link.key for link in self.linked.values() if link.child == table]
        columns = {*need.columns, *need.filled, *(c for key in below for c in key.columns)}
        held = self.dataset.table(table)
        wanted = tuple(c for c in held.columns if c in columns) or held.columns[:1]
        rows = sample(held, wanted, self.seed)
        filled = [column for column in need.filled if column in rows.columns]
        complete = rows.drop_nulls(filled) if filled else rows
        return complete if complete.height else rows

    def roots(self) -> tuple[TableName, ...]:
        """The tables whose rows follow from no other."""
        return tuple(table for table in self.needed if table not in self.linked)

    def take(self, places: Mapping[TableName, Places]) -> dict[TableName, pl.DataFrame]:
        """The rows at these places of the roots' pools, and the rows that follow from them."""
        taken = {table: self.pool(table)[at] for table, at in places.items()}
        waiting = dict(self.linked)
        while ready := [table for table, link in waiting.items() if link.child in taken]:
            for table in ready:
                link = waiting.pop(table)
                taken[table] = self._parents(table, link, taken[link.child])
        return taken

    def _parents(self, table: TableName, link: Link, children: pl.DataFrame) -> pl.DataFrame:
        below = [other.key for other in self.linked.values() if other.child == table]
        columns = (*self.needed[table].columns, *(c for key in below for c in key.columns))
        written = self.dataset.table(table).columns
        return paths.parents(children, link.key, self.dataset, tuple(c for c in columns if c in written))


def draw_places(
    pools: Mapping[TableName, pl.Series | int],
    count: int,
    rng: np.random.Generator,
    anchor: pl.Series | None = None,
) -> dict[TableName, Places]:
    """For each root `count` places of its pool; pools given as series agree on the series' value.

    It is that of `anchor`, where there is one. An empty pool has no places.
    """
    chosen: dict[TableName, Places] = {}
    for table, pool in pools.items():
        size = pool if isinstance(pool, int) else len(pool)
        if size == 0:
            continue
        places = rng.integers(0, size, size=count).astype(np.int64)
        if isinstance(pool, pl.Series):
            if anchor is None:
                anchor = pool[places]
            else:
                places = _agreeing(pool, anchor, places, rng)
        chosen[table] = places
    return chosen


def agreed(
    pools: Mapping[TableName, pl.Series | int], places: Mapping[TableName, Places]
) -> pl.Series | None:
    """The values that such places agree on; None where no pool is given as a series."""
    series = ((pool, places[table]) for table, pool in pools.items() if table in places)
    return next((pool[at] for pool, at in series if isinstance(pool, pl.Series)), None)


def _agreeing(pool: pl.Series, anchor: pl.Series, places: Places, rng: np.random.Generator) -> Places:
    by_value: dict[object, list[int]] = {}
    for place, value in enumerate(pool):
        by_value.setdefault(value, []).append(place)
    found = [by_value.get(value) for value in anchor]
    return np.array([rng.choice(f) if f else p for f, p in zip(found, places, strict=True)], dtype=np.int64)
