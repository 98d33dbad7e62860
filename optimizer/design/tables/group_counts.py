"""How many groups there are: counted in the dataset."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from optimizer.dataset.dataset import Dataset
from optimizer.model.schema import Table
from optimizer.queries.grains import Grain
from optimizer.queries.time_units import seconds

_EVERY = {
    "second": "1s",
    "minute": "1m",
    "hour": "1h",
    "day": "1d",
    "week": "1w",
    "month": "1mo",
    "quarter": "1q",
    "year": "1y",
}


def count_groups(dataset: Dataset, table: Table, grains: Collection[Grain]) -> int | None:
    """The groups of a table's rows by these grains, rows with a null in one of them left out; None where a
    column isn't in the dataset."""
    rows = dataset.table(table.name)
    if not {grain.column for grain in grains} <= set(rows.columns):
        return None
    if not rows.rows or not grains:
        return min(1, rows.rows)
    columns = [_expression(grain).alias(str(place)) for place, grain in enumerate(grains)]
    groups = pl.scan_parquet(list(rows.files)).select(columns).drop_nulls().unique()
    return int(groups.select(pl.len()).collect(engine="streaming").item())


def _expression(grain: Grain) -> pl.Expr:
    value = pl.col(grain.column)
    if grain.zone is not None:
        value = value.dt.convert_time_zone(grain.zone).dt.replace_time_zone(None)
    return value.dt.truncate(_EVERY.get(grain.unit) or f"{seconds(grain.unit)}s") if grain.unit else value
