"""The keys of embedded rows: indexes keep them between documents, the writes within one.

So a new row goes into a document only where the update's filter finds none of the same key there. Indexes
don't keep all: not a key that may be null of rows in an array, nor one with a part of the parent's key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import parent_filter
from optimizer.engines.mongo.compile.writing.rows import comparable
from optimizer.engines.mongo.program import Find, Require
from optimizer.model.documents import Embed
from optimizer.model.schema import Key, Table

DUPLICATE_KEY = "duplicate key"


@dataclass(frozen=True)
class Held:
    """A new row's key: `taken` finds the documents that have a row with it, `free` a document without one.

    `kept`: no other document than that which the row goes into can have it, or an index refuses the row.
    """

    taken: dict[str, Any]
    free: dict[str, Any]
    kept: bool = True

    def guard(self, collection: str) -> Require:
        """That no document has a row with the key."""
        return Require(Find(collection, self.taken, {"_id": 1}), DUPLICATE_KEY, absent=True)


def held(draft: Draft, table: Table, embed: Embed, row: Row) -> list[Held]:
    """The keys of a new row."""
    found = [_held(draft, table, embed, row, key) for key in table.keys if key.columns and not key.where]
    return [*_slot(draft, table, embed, row), *(one for one in found if one is not None)]


def _slot(draft: Draft, table: Table, embed: Embed, row: Row) -> Iterator[Held]:
    """A subdocument is there for one row."""
    if not embed.many:
        where = parent_filter(draft, draft.layout.key(table.name, embed.key), row)
        yield Held({**where, embed.field: {"$ne": None}}, {embed.field: None})


def _held(draft: Draft, table: Table, embed: Embed, row: Row, key: Key) -> Held | None:
    """The key; None where it is a subdocument's own parent, which `_slot` is about."""
    outer = [name for name in key.columns if draft.layout.place(table.name, name).of_parent]
    own = {name: comparable(row[name], table, name) for name in key.columns if name not in outer}
    parent = {draft.layout.path(table.name, name): comparable(row[name], table, name) for name in outer}
    kept = _is_kept(draft, table, embed, key, outer)
    if embed.many:
        taken, free = _inside(embed.field, own)
        return Held({**parent, **taken}, free, kept)
    return Held({**parent, **{f"{embed.field}.{n}": v for n, v in own.items()}}, {}, kept) if own else None


def _inside(field: str, own: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The filters of documents with such an element, and without."""
    if not own:
        return {f"{field}.0": {"$exists": True}}, {f"{field}.0": {"$exists": False}}
    if len(own) == 1:
        [(name, value)] = own.items()
        return {f"{field}.{name}": value}, {f"{field}.{name}": {"$ne": value}}
    return {field: {"$elemMatch": own}}, {field: {"$not": {"$elemMatch": own}}}


def _is_kept(draft: Draft, table: Table, embed: Embed, key: Key, outer: list[str]) -> bool:
    """See optimizer.engines.mongo.unique_indexes for the keys that have an index."""
    if not outer:
        return not embed.many or all(table.by_name[name].not_null for name in key.columns)
    link = draft.layout.key(table.name, embed.key)
    referenced = frozenset(link.referenced[link.columns.index(name)] for name in outer)
    return draft.layout.schema.by_name[embed.parent].is_unique(referenced)
