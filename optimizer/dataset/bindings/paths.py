"""Ways from a table to a column of another by foreign keys, and the values at their ends."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import polars as pl

from optimizer.dataset.bindings.sampling import whole
from optimizer.dataset.dataset import Dataset
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema

END = "path end"


@dataclass(frozen=True, slots=True)
class Path:
    """From `start` through `keys`, each to a parent, to `column` of the table that is reached."""

    start: TableName
    keys: tuple[ForeignKey, ...]
    column: str

    @property
    def first_columns(self) -> tuple[str, ...]:
        """The columns of `start` that the path needs."""
        return self.keys[0].columns if self.keys else (self.column,)


def find(schema: Schema, start: TableName, target: TableName, column: str) -> Path | None:
    """The shortest path; it ends a step early where a foreign key holds the very column."""
    waiting: deque[tuple[TableName, tuple[ForeignKey, ...]]] = deque([(start, ())])
    seen = {start}
    while waiting:
        table, keys = waiting.popleft()
        if table == target:
            return Path(start, keys, column)
        for key in schema.by_name[table].foreign_keys:
            if key.target == target and column in key.referenced:
                return Path(start, keys, key.columns[key.referenced.index(column)])
        for key in schema.by_name[table].foreign_keys:
            if key.target not in seen and key.target in schema.by_name:
                seen.add(key.target)
                waiting.append((key.target, (*keys, key)))
    return None


def parents(rows: pl.DataFrame, key: ForeignKey, dataset: Dataset, columns: tuple[str, ...]) -> pl.DataFrame:
    """The parent's row of each row, with `columns`; nulls where there is none."""
    wanted = tuple(dict.fromkeys((*key.referenced, *columns)))
    held = whole(dataset.table(key.target), wanted)
    links = rows.select(
        pl.col(own).cast(held.schema[other]).alias(other)
        for own, other in zip(key.columns, key.referenced, strict=True)
    )
    near = held.join(links.unique(), on=list(key.referenced), how="semi").unique(list(key.referenced))
    return links.join(near, on=list(key.referenced), how="left", maintain_order="left").select(wanted)


def ends(rows: pl.DataFrame, path: Path, dataset: Dataset) -> pl.Series:
    """The value at the end of the path of each row."""
    reached = rows
    for place, key in enumerate(path.keys):
        following = path.keys[place + 1].columns if place + 1 < len(path.keys) else (path.column,)
        reached = parents(reached, key, dataset, following)
    return reached[path.column].alias(END)
