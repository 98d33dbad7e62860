"""The sequences of a schema's columns, kept in a collection of their own (see program.Draw)."""

from __future__ import annotations

from typing import Any

from bson.int64 import Int64
from pymongo.database import Database

from optimizer.design.documents.layout import Home, Layout
from optimizer.engines.mongo.commands import COUNTERS, sequence
from optimizer.model.names import TableName
from optimizer.model.schema import Column


def set_counters(database: Database[dict[str, Any]], layout: Layout) -> None:
    """Let each sequence go on from the greatest number that is stored."""
    for table in layout.schema.tables:
        for column in table.columns:
            if column.identity:
                value = Int64(_greatest(database, layout, table.name, column))
                database[COUNTERS].replace_one(
                    {"_id": sequence(table.name, column.name)}, {"value": value}, upsert=True
                )


def _greatest(database: Database[dict[str, Any]], layout: Layout, table: TableName, column: Column) -> int:
    home, path = layout.home(table), layout.path(table, column.name)
    pipeline = [*_unwound(home), {"$group": {"_id": None, "value": {"$max": f"${path}"}}}]
    if path == "_id":  # its index has the answer
        pipeline = [{"$sort": {path: -1}}, {"$limit": 1}, {"$project": {"value": f"${path}"}}]
    found = next(database[home.collection].aggregate(pipeline), None)
    return int(found["value"] or 0) if found else 0


def _unwound(home: Home) -> list[dict[str, Any]]:
    return [{"$unwind": f"${home.path}"}] if home.many else []
