"""A document of each collection, for people to see what a design's documents look like."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from bson import json_util
from pymongo.collection import Collection
from pymongo.database import Database

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.locks import lock_field
from optimizer.model.schema import Table

ELEMENTS = 3
"""So many elements of an array are shown."""


def samples(database: Database[Any], layout: Layout) -> dict[str, Any]:
    """A document of each collection that has one, as extended JSON's plain values, by the collection's name.

    It is one whose arrays aren't empty, where there is such a one; arrays are cut to ELEMENTS, and whether it
    was ever locked isn't shown.
    """
    names = {table: layout.home(table.name).collection for table in layout.collections}
    found = {name: _sample(database[name], layout, table) for table, name in names.items()}
    return {name: document for name, document in found.items() if document is not None}


def _sample(collection: Collection[Any], layout: Layout, table: Table) -> Any:
    filled: dict[str, Any] = {field: {"$nin": [None, []]} for field in _fields(layout, table)}
    shown = {lock_field(layout, table.name): 0}
    document = collection.find_one(filled, shown) or collection.find_one({}, shown)
    if document is None:
        return None
    return json.loads(json_util.dumps(_cut(document), json_options=json_util.RELAXED_JSON_OPTIONS))


def _fields(layout: Layout, table: Table) -> list[str]:
    """The fields that structures add."""
    name = table.name
    return [
        *(embed.field for embed in layout.embedded_in(name)),
        *(copy.field for copy in layout.copies_in(name)),
        *(subset.field for subset in layout.subsets_in(name)),
    ]


def _cut(value: Any) -> Any:
    """With short arrays, and with UUIDs that people can read."""
    if isinstance(value, UUID):
        return {"$uuid": str(value)}
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return [_cut(item) for item in value[:ELEMENTS]] if isinstance(value, list) else value
