"""What the documents of some parents are made of: their own rows, their children's, other tables'. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from optimizer.design.documents.layout import Layout
from optimizer.model.denormalisation import Computed
from optimizer.model.documents import Embed, Subset
from optimizer.model.names import TableName

Relation: TypeAlias = tuple[TableName, str]
"""A child and the name of its foreign key to the parent."""


@dataclass(frozen=True, slots=True, eq=False)
class Sources:
    """`rows` of one table, all of their `children` by relation (and maybe others'), and all rows of the
    tables that are copied from."""

    rows: pl.DataFrame
    children: Mapping[Relation, pl.DataFrame]
    copied: Mapping[TableName, pl.LazyFrame]


def relation(structure: Embed | Computed | Subset) -> Relation:
    """The children that the structure is about."""
    child = structure.table if isinstance(structure, Embed) else structure.child
    return child, structure.key


def relations(layout: Layout, table: TableName) -> tuple[Relation, ...]:
    """The children that the table's documents hold something of."""
    found: list[Embed | Computed | Subset] = [
        *layout.embedded_in(table),
        *layout.computed_in(table),
        *layout.subsets_in(table),
    ]
    return tuple(dict.fromkeys(map(relation, found)))
