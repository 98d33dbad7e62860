"""The unique indexes that keep the schema's keys on a layout, and the keys that none can keep. Pure.

SQL lets nulls repeat: a key with columns that may be null is a partial index on the documents where they
aren't. A key of rows in an array holds between documents only; within one it's for the writes to keep. Its
index is sparse, so that documents without elements aren't in it (they would share a null).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import ID, Home, Layout
from optimizer.engines.mongo.indexes import BTREE, path_key
from optimizer.engines.mongo.partial_filters import present, text_of
from optimizer.engines.mongo.partial_sql import combined, translated
from optimizer.engines.mongo.sql_trees import tree_of
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Schema, Table

SPARSE = ("sparse", "true")
_ALMOST = (
    "tells letters apart by a collation, which is close to lower(), but not the same for every character"
)
CASELESS = ("collation", '{"locale": "en", "strength": 2}')


def unique_indexes(layout: Layout, table: Table) -> tuple[tuple[Index, ...], tuple[str, ...]]:
    """The unique indexes for one table's keys (`_id` needs none), and a line for each that isn't kept."""
    kept: list[Index] = []
    notes: list[str] = []
    for key in keys_of(layout.schema, table):
        found = _unique(layout, table, key)
        if isinstance(found, Index):
            kept.append(found)
            notes += [f"{table.name}: {key.name} {_ALMOST}"] if CASELESS in found.options else []
        elif found:
            notes.append(f"{table.name}: {key.name or 'a key'} {found}")
    return tuple(kept), tuple(notes)


def keys_of(schema: Schema, table: Table) -> tuple[Index, ...]:
    """All that is unique in a table, as PostgreSQL has it: each key once, primary keys first."""
    known = {index.name: index for index in schema.unique_indexes if index.table == table.name}
    for key in table.keys:
        columns = tuple(IndexKey(name, name) for name in key.columns)
        plain = Index(table.name, columns, where=key.where, unique=True, name=key.name)
        known.setdefault(key.name, plain)
    primary = {key.name for key in table.keys if key.primary}
    return tuple(sorted(known.values(), key=lambda index: (index.name not in primary, index.name)))


def _unique(layout: Layout, table: Table, key: Index) -> Index | str:
    """The index on the collection's documents; a reason where there is none; empty where none is needed."""
    if layout.time_series_of(table.name) is not None:
        return "isn't kept: a time series has no unique index"
    if not key.keys:
        return "isn't kept: it is over expressions"
    home = layout.home(table.name)
    columns = tuple(_column(item, table) for item in key.keys)
    if any(name is None for name, _ in columns):
        expressions = ", ".join(item.expression for item in key.keys)
        return f"isn't kept: MongoDB has no index on an expression ({expressions})"
    names = tuple(str(name) for name, _ in columns)
    if layout.id_column(table.name) in names:
        return ""
    if layout.embed_of(table.name) is not None and _of_parent(layout, table.name, names):
        return _within_parent(layout, home, table.name, names)
    return _index(layout, table, key, names, caseless=any(lower for _, lower in columns))


def _column(item: IndexKey, table: Table) -> tuple[str | None, bool]:
    """The column of a key, and whether the key is its lower case."""
    if item.column is not None:
        return item.column, False
    tree = tree_of(item.expression)
    inner = tree.this.unnest() if isinstance(tree, exp.Lower) else None
    if isinstance(inner, exp.Cast) and inner.is_type(exp.DType.TEXT):
        inner = inner.this.unnest()
    if isinstance(inner, exp.Column) and inner.name in table.by_name:
        return inner.name, True
    return None, False


def _of_parent(layout: Layout, table: TableName, names: tuple[str, ...]) -> bool:
    return any(layout.place(table, name).of_parent for name in names)


def _within_parent(layout: Layout, home: Home, table: TableName, names: tuple[str, ...]) -> str:
    """A key that holds the whole of the parent's: nothing to keep between documents."""
    own = [name for name in names if not layout.place(table, name).of_parent]
    if not home.many:
        return ""
    return f"is kept by the writes, within one array: {', '.join(own) or 'one element at most'}"


def _index(
    layout: Layout, table: Table, key: Index, names: tuple[str, ...], *, caseless: bool
) -> Index | str:
    home = layout.home(table.name)
    keys = tuple(
        path_key(layout.path(table.name, name), descending=item.descending)
        for name, item in zip(names, key.keys, strict=True)
    )
    where = _where(layout, table, key, names)
    if where is None:
        return f"isn't kept: {key.where or 'where its columns are not null'} can't be a partial filter"
    if where and home.many:
        return "is kept by the writes: a partial filter is about documents, not about elements of an array"
    sparse = (SPARSE,) if home.embedded and not where else ()
    return replace(
        key,
        table=owner(layout, table.name),
        keys=keys,
        method=BTREE,
        include=(),
        where=text_of(where) if where else None,
        options=(*sparse, *((CASELESS,) if caseless else ())),
    )


def owner(layout: Layout, table: TableName) -> TableName:
    """The table that owns the collection where the table's rows live: the parent of an embedded one."""
    embed = layout.embed_of(table)
    return table if embed is None else embed.parent


def _where(layout: Layout, table: Table, key: Index, names: tuple[str, ...]) -> dict[str, Any] | None:
    """The partial filter: the key's own, and that nullable columns have a value; None if there is none."""
    own = {} if key.where is None else translated(key.where, layout, table)
    return combined([own, *_presences(layout, table, names)])


def _presences(layout: Layout, table: Table, names: tuple[str, ...]) -> Iterator[dict[str, Any] | None]:
    for name in names:
        path, column = layout.path(table.name, name), table.by_name[name]
        if not column.not_null and path != ID:
            yield present(path, column.type)
