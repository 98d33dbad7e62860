"""The jobs of a load, each done by any process: spreading a file, making and sending a part."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from pymongo.database import Database

from optimizer.dataset.constraints.types import dtype
from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.loading.assembling import assembled
from optimizer.engines.mongo.loading.parts import Part, stored_columns
from optimizer.engines.mongo.loading.sending import send
from optimizer.engines.mongo.loading.slices import read
from optimizer.engines.mongo.loading.sources import Relation, Sources
from optimizer.engines.mongo.loading.spreading import Spread, files_of, spread
from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class Target:
    """Where documents go, and how they are laid out; picklable."""

    uri: str = field(repr=False)
    database: str
    layout: Layout
    dataset: Dataset


def run(target: Target, database: Database[Any], job: Part | Spread) -> tuple[TableName, int] | None:
    """Do a job: the table whose documents were sent, and how many; None where a file was spread."""
    if isinstance(job, Spread):
        spread(job)
        return None
    made = assembled(target.layout, job.table, _sources(target, job))
    send(database[target.layout.home(job.table).collection], made)
    return job.table, job.rows


def _sources(target: Target, part: Part) -> Sources:
    layout, dataset = target.layout, target.dataset
    rows = read(part.slices, stored_columns(layout, dataset, part.table))
    children = {one: _children(target, one, folder, part.number) for one, folder in part.children}
    copied = {copy.parent: _lazy(target, copy.parent) for copy in layout.copies_in(part.table)}
    return Sources(rows, children, copied)


def _children(target: Target, one: Relation, folder: Path, part: int) -> pl.DataFrame:
    child, _ = one
    written = files_of(folder, part)
    if written:
        return pl.concat(map(pl.read_ipc, written))
    return _empty(target, child)


def _lazy(target: Target, table: TableName) -> pl.LazyFrame:
    files = target.dataset.table(table).files
    return pl.scan_parquet(list(files)) if files else _empty(target, table).lazy()


def _empty(target: Target, table: TableName) -> pl.DataFrame:
    columns = target.layout.schema.by_name[table].by_name
    names = stored_columns(target.layout, target.dataset, table)
    return pl.DataFrame(schema={name: dtype(columns[name].type) for name in names})
