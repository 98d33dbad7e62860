"""Rows of the logical tables, read back out of a layout's documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from pymongo.database import Database

from optimizer.dataset.constraints.types import dtype
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.loading.cells import Cells, cells
from optimizer.engines.mongo.loading.decoding import column
from optimizer.engines.mongo.values import is_stored
from optimizer.model.names import TableName
from optimizer.model.schema import Column

BATCH_DOCUMENTS = 100_000
"""Documents asked for at a time; the server sends 16 MB at most."""


def rows(database: Database[Any], layout: Layout, table: TableName) -> pl.DataFrame:
    """All rows of a logical table, in the order of their documents.

    All columns of the schema but those of tsvector, in the types of optimizer.dataset.dataset.TableRows: JSON
    as text, a character(n) filled up with spaces. A numeric with more digits after the point than its column
    has keeps them. ValueError where a value is of a type that its column can't have.
    """
    columns = [c for c in layout.schema.by_name[table].columns if is_stored(c)]
    asked = {column.name: layout.path(table, column.name) for column in columns}
    pipeline = [*_unwound(layout, table), _projected(list(asked.values()))]
    frames = [_frame(found, columns) for found in _batches(database, layout, table, pipeline, len(columns))]
    if not frames:
        return pl.DataFrame(schema={column.name: dtype(column.type) for column in columns})
    return pl.concat(frames, how="vertical_relaxed")


def fields(database: Database[Any], layout: Layout, table: TableName, path: str) -> Iterator[Cells]:
    """What the documents of the table's collection have at `path`, in their order."""
    for (found,) in _batches(database, layout, table, [_projected([path])], 1):
        yield found


def _batches(
    database: Database[Any], layout: Layout, table: TableName, pipeline: list[dict[str, Any]], count: int
) -> Iterator[list[Cells]]:
    names = [f"c{number}" for number in range(count)]
    collection = database[layout.home(table).collection]
    for batch in collection.aggregate_raw_batches(pipeline, batchSize=BATCH_DOCUMENTS, hint={"$natural": 1}):
        if batch:
            yield cells(batch, names)


def _frame(found: list[Cells], columns: list[Column]) -> pl.DataFrame:
    return pl.DataFrame([column(each, c.type).alias(c.name) for each, c in zip(found, columns, strict=True)])


def _unwound(layout: Layout, table: TableName) -> list[dict[str, Any]]:
    """A document a row."""
    home = layout.home(table)
    if not home.embedded:
        return []
    if home.many:
        return [{"$unwind": f"${home.path}"}]
    return [{"$match": {home.path: {"$ne": None}}}]


def _projected(paths: list[str]) -> dict[str, Any]:
    """The fields by number, in this order: the server adds computed ones as they are written."""
    wanted = {f"c{number}": {"$ifNull": [f"${path}", None]} for number, path in enumerate(paths)}
    return {"$project": {"_id": 0, **wanted}}
