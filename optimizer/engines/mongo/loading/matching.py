"""Children beside their parents' positions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from optimizer.model.schema import ForeignKey, Table

AT = "\0at"
"""The column with the position of a row's parent: no column of a table has such a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Children:
    """Children in the order of their parents' positions; `counts` has how many each parent has."""

    rows: pl.DataFrame
    counts: NDArray[np.int64]

    @property
    def places(self) -> NDArray[np.int64]:
        """The position of each child among its parent's."""
        starts = np.cumsum(self.counts) - self.counts
        made: NDArray[np.int64] = np.arange(self.rows.height) - np.repeat(starts, self.counts)
        return made

    def first(self, limit: int) -> Children:
        """The first few of each parent."""
        kept = self.rows.filter(pl.Series(self.places < limit, dtype=pl.Boolean))
        return Children(kept, np.minimum(self.counts, limit))


def children_of(
    parents: pl.DataFrame,
    children: pl.DataFrame,
    key: ForeignKey,
    child: Table,
    order: Sequence[tuple[str, bool]] = (),
) -> Children:
    """The children of these parents, those of one parent by `order` (columns, True where it descends).

    Nulls stand where PostgreSQL has them: last, or first in a descending order. The rows without one of these
    parents are left out.
    """
    rows = children.join(
        _positions(parents, key.referenced, children.select(key.columns)),
        left_on=list(key.columns),
        right_on=[f"\0{number}" for number in range(len(key.columns))],
        how="inner",
    )
    by = [pl.col(AT), *(_sorted_as(name, child) for name, _ in order)]
    down = [False, *(descending for _, descending in order)]
    rows = rows.sort(by, descending=down, nulls_last=[not each for each in down])
    counts = np.bincount(rows[AT].to_numpy(), minlength=parents.height).astype(np.int64)
    return Children(rows, counts)


def parents_of(children: pl.DataFrame, parents: pl.DataFrame, key: ForeignKey) -> pl.Series:
    """The position of each child's parent among `parents`; null where it has none."""
    positions = _positions(parents, key.referenced, children.select(key.columns))
    right = [f"\0{number}" for number in range(len(key.columns))]
    found = children.select(key.columns).join(
        positions, left_on=list(key.columns), right_on=right, how="left", maintain_order="left"
    )
    return found[AT]


def _positions(parents: pl.DataFrame, referenced: Sequence[str], like: pl.DataFrame) -> pl.DataFrame:
    """The parents' keys, named by number and of the types of the children's, beside their positions."""
    keys = (
        pl.col(name).cast(dtype).alias(f"\0{number}")
        for number, (name, dtype) in enumerate(zip(referenced, like.dtypes, strict=True))
    )
    return parents.select(*keys).with_row_index(AT)


def _sorted_as(name: str, table: Table) -> pl.Expr:
    """The column as PostgreSQL sorts it: labels of an enum in the order of their declaration."""
    type_ = table.by_name[name].type
    return pl.col(name).cast(pl.Enum(type_.labels)) if type_.labels and not type_.array else pl.col(name)
