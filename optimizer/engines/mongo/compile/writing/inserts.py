"""INSERT."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.writing import conflicts, subsets, totals
from optimizer.engines.mongo.compile.writing.draft import Draft, Inserted, Row
from optimizer.engines.mongo.compile.writing.parents import (
    copies,
    parent_filter,
    parent_inserted,
    require_parents,
)
from optimizer.engines.mongo.compile.writing.returning import returning
from optimizer.engines.mongo.compile.writing.rows import comparable, document, rows_of
from optimizer.engines.mongo.program import Find, Insert, Require, Update
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from optimizer.model.schema import Table

DUPLICATE_KEY = "duplicate key"


def insert(tree: exp.Insert, table: Table, draft: Draft) -> None:
    """The operations of an INSERT.

    As in PostgreSQL keys come before parents: whether these are there is asked after the row was written.
    """
    rows = rows_of(tree, table, draft)
    embed, conflict = draft.layout.embed_of(table.name), tree.args.get("conflict")
    if conflict is not None:
        for row in rows:
            conflicts.insert(tree, conflict, table, row, draft)
    elif embed is not None:
        for row in rows:
            _embed(draft, table, embed, row)
    else:
        _collect(draft, table, rows)
    if tree.args.get("returning") is not None:
        if len(rows) != 1:
            raise NotCompiled(tree, "RETURNING of several rows")
        returning(tree, table, rows[0], draft)


def whole(draft: Draft, table: TableName, row: Row) -> dict[str, Any]:
    """The document of a new row in its own collection."""
    layout = draft.layout
    embedded: dict[str, Any] = {e.field: [] if e.many else None for e in layout.embedded_in(table)}
    made = document(table, row, draft)
    return {
        **made,
        **copies(draft, table, row),
        **embedded,
        **totals.initial(draft, table),
        **subsets.initial(draft, table),
    }


def _collect(draft: Draft, table: Table, rows: list[Row]) -> None:
    """A time series is written outside of transactions, so that its parents are asked for before."""
    series = draft.layout.time_series_of(table.name) is not None
    for row in rows if series else ():
        require_parents(draft, table.name, row)
    documents = [whole(draft, table.name, row) for row in rows]
    draft.add(Insert(draft.layout.home(table.name).collection, documents))
    for row, made in zip(rows, documents, strict=True):
        require_parents(draft, table.name, row)
        draft.inserted.append(Inserted(table.name, row, made))
    for row in rows:
        depend(draft, table.name, None, row)


def depend(
    draft: Draft, table: TableName, old: Row | None, new: Row | None, absent: exp.Expr | None = None
) -> None:
    """What other documents hold of the row, once it has been written.

    `absent` is true, when it runs, where there was no old row after all.
    """
    totals.keep(draft, draft.layout.computed_of(table), old, new, absent)
    for subset in draft.layout.subsets_of(table):
        subsets.keep(draft, subset, old, new)


def _embed(draft: Draft, table: Table, embed: Embed, row: Row) -> None:
    """Into the parent's document, or into that which this program is about to insert."""
    key = draft.layout.key(table.name, embed.key)
    element = document(table.name, row, draft)
    parent = parent_inserted(draft, key, row)
    if parent is not None and (parent.document[embed.field] is None or embed.many):
        if embed.many:
            parent.document[embed.field].append(element)
        else:
            parent.document[embed.field] = element
        require_parents(draft, table.name, row)
        return
    where = parent_filter(draft, key, row)
    collection = draft.layout.home(table.name).collection
    for guard in _unique(draft, table, embed, row):
        draft.add(Require(Find(collection, guard, {"_id": 1}), DUPLICATE_KEY, absent=True))
    change = {"$push": {embed.field: element}} if embed.many else {"$set": {embed.field: element}}
    draft.add(Update(collection, where, change, many=False))
    require_parents(draft, table.name, row)


def _unique(draft: Draft, table: Table, embed: Embed, row: Row) -> list[dict[str, Any]]:
    """Filters of documents that have a row with the same key already: an index keeps it between documents."""
    layout = draft.layout
    if not embed.many:
        where = parent_filter(draft, layout.key(table.name, embed.key), row)
        return [{**where, embed.field: {"$ne": None}}]
    found = []
    for key in table.keys:
        if not key.columns or key.where:
            continue
        places = {name: layout.place(table.name, name) for name in key.columns}
        own = {places[n].field: comparable(row[n], table, n) for n in key.columns if not places[n].of_parent}
        outer = {
            layout.path(table.name, n): comparable(row[n], table, n)
            for n in key.columns
            if places[n].of_parent
        }
        if len(own) == 1:
            [(name, value)] = own.items()
            found.append({**outer, f"{embed.field}.{name}": value})
        elif own:
            found.append({**outer, embed.field: {"$elemMatch": own}})
    return found
