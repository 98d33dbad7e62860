"""INSERT."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.filters import all_of
from optimizer.engines.mongo.compile.writing import conflicts
from optimizer.engines.mongo.compile.writing.dependents import depend, whole
from optimizer.engines.mongo.compile.writing.draft import Draft, Inserted, Row
from optimizer.engines.mongo.compile.writing.embedded_keys import held
from optimizer.engines.mongo.compile.writing.parents import (
    expect_parent,
    null_key,
    parent_filter,
    parent_inserted,
    require_parents,
)
from optimizer.engines.mongo.compile.writing.returning import returning
from optimizer.engines.mongo.compile.writing.rows import document, rows_of
from optimizer.engines.mongo.program import Insert, Update
from optimizer.model.documents import Embed
from optimizer.model.schema import Table


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


def _collect(draft: Draft, table: Table, rows: list[Row]) -> None:
    """A time series is written outside of transactions, so that its parents are asked for before."""
    series = draft.layout.time_series_of(table.name) is not None
    for row in rows if series else ():
        require_parents(draft, table.name, row)
    documents = [whole(draft, table.name, row) for row in rows]
    draft.add(Insert(draft.layout.home(table.name).collection, documents))
    for row, made in zip(rows, documents, strict=True):
        draft.inserted.append(Inserted(table.name, row, made))
        depend(draft, table.name, None, row)
        require_parents(draft, table.name, row)


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
    keys = held(draft, table, embed, row)
    draft.add(*(one.guard(collection) for one in keys if not one.kept))
    change = {"$push": {embed.field: element}} if embed.many else {"$set": {embed.field: element}}
    into = all_of([where, *(one.free for one in keys if one.kept)])
    unless = (*null_key(collection, key, row), *(one.guard(collection) for one in keys))
    expect_parent(draft, Update(collection, into, change, many=False), where, unless)
    require_parents(draft, table.name, row)
