"""How many rows a continuous aggregate has: counted in the dataset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from optimizer.dataset.dataset import Dataset
from optimizer.design.hypertables.buckets import Bucket
from optimizer.model.schema import Table
from optimizer.queries.grains import Grain


def count_buckets(dataset: Dataset, table: Table, bucket: Bucket, others: Sequence[Grain]) -> int | None:
    """The different combinations of a bucket and of other columns; None where one isn't in the dataset.

    Where a bucket begins is left out of account, as is what a time column is cut down to besides: it counts
    as its value.
    """
    rows = dataset.table(table.name)
    names = [bucket.column, *(grain.column for grain in others)]
    if not set(names) <= set(rows.columns):
        return None
    span = bucket.span
    width = f"{span.months}mo" if span.months else timedelta(seconds=span.seconds)
    columns = [pl.col(bucket.column).dt.truncate(width).alias("bucket")]
    columns += [pl.col(grain.column).alias(str(place)) for place, grain in enumerate(others)]
    groups = pl.scan_parquet(list(rows.files)).select(columns).drop_nulls().unique()
    return int(groups.select(pl.len()).collect(engine="streaming").item())
