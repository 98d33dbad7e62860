"""The rows of a table, group by group of equal values, so that one of a group can be picked."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

START = "_start"
COUNT = "_count"


@dataclass(frozen=True)
class Groups:
    """`members` are row numbers, a group after the other; `spans` says per group where it starts, how long.

    `spans` has the columns that make a group, and `_start` and `_count`.
    """

    spans: pl.DataFrame
    members: pl.Series

    def find(self, values: pl.DataFrame) -> pl.DataFrame:
        """`_start` and `_count` of the group of each row of `values`; null where there is none."""
        names = values.columns
        found = values.join(self.spans, on=names, how="left", maintain_order="left")
        return found.select(START, COUNT)


def group_rows(values: pl.DataFrame) -> Groups:
    """The groups of a table with these values; rows with a null in them are in none."""
    names = values.columns
    grouped = (
        values.with_columns(pl.int_range(pl.len()).alias("_row"))
        .drop_nulls()
        .group_by(names, maintain_order=True)
        .agg("_row")
    )
    lengths = pl.col("_row").list.len().cast(pl.Int64)
    spans = grouped.select(*names, (lengths.cum_sum() - lengths).alias(START), lengths.alias(COUNT))
    members = grouped["_row"].explode() if grouped.height else pl.Series("_row", [], pl.Int64)
    return Groups(spans, members)
