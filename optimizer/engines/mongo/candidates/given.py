"""The indexes of the user's own DDL, as far as MongoDB can have them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from optimizer.design.documents.layout import Layout
from optimizer.design.indexes.redundant import why_redundant
from optimizer.engines.mongo.candidates.expressions import field_below
from optimizer.engines.mongo.candidates.tables import Collections
from optimizer.engines.mongo.candidates.texts import read, text_index
from optimizer.engines.mongo.indexes import (
    BTREE,
    SPHERE,
    TEXT,
    WILDCARD,
    WILDCARD_SUFFIX,
    name_all,
    path_key,
)
from optimizer.engines.mongo.partial_filters import text_of
from optimizer.engines.mongo.partial_sql import translated
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Schema, Table

_PLAIN = frozenset({"btree", "hash", "brin"})


def given(schema: Schema, layout: Layout) -> tuple[tuple[Index, ...], tuple[tuple[str, str], ...]]:
    """The given indexes on the documents of a layout, each once, and what has none, with the reason."""
    collections = Collections(layout)
    made: dict[Index, None] = {}
    left_out: list[tuple[str, str]] = []
    for index in schema.given:
        table = schema.by_name.get(index.table)
        for found in _made(index, table, collections) if table is not None else ():
            reason = found if isinstance(found, str) else _why_not(found, collections, tuple(made))
            if isinstance(found, Index) and not reason:
                made[found] = None
            else:
                left_out.append((f"{index.name} of the schema", reason))
    return tuple(replace(one, name=name) for one, name in name_all(made).items()), tuple(left_out)


def _why_not(index: Index, collections: Collections, made: tuple[Index, ...]) -> str:
    keys = collections.keys[index.table]
    arrays = {collections.array(index.table, key.expression) for key in index.keys} - {None}
    if len(arrays) > 1:
        return f"no index on two arrays ({', '.join(sorted(map(str, arrays)))})"
    if index.method == TEXT and any(i.method == TEXT and i.table == index.table for i in made):
        return "a collection has one text index"
    return why_redundant(index, keys) or ("another one is the same" if index in made else "")


def _made(index: Index, table: Table, collections: Collections) -> Iterator[Index | str]:
    layout, owner = collections.layout, collections.owner(table.name)
    where = None
    if index.where is not None:
        translation = None if layout.home(table.name).many else translated(index.where, layout, table)
        if translation is None:
            yield f"no partial filter says {index.where}"
            return
        where = text_of(translation)
    found = _keyed(index, table, collections)
    if isinstance(found, str):
        yield found
    elif layout.time_series_of(owner) is not None and found.method not in {BTREE, SPHERE}:
        yield f"a time series has no {found.method} index"
    else:
        yield replace(found, table=owner, where=where, name=index.name)


def _keyed(index: Index, table: Table, collections: Collections) -> Index | str:
    if index.method in _PLAIN:
        return _plain(index, table, collections.layout)
    columns = [table.by_name.get(key.column or "") for key in index.keys]
    first = columns[0]
    if "tsvector" in index.keys[0].expression or (first is not None and first.type.base == "tsvector"):
        return _text(index, table, collections)
    if len(columns) == 1 and first is not None:
        return _special(index.table, first, collections.layout.path(table.name, first.name))
    return f"no index like {index.method} on {', '.join(key.expression for key in index.keys)}"


def _special(table: TableName, column: Column, path: str) -> Index | str:
    """Of one column: GIN on JSON or an array, GiST on a point."""
    if column.type.array:
        return Index(table, (path_key(path),))
    if column.type.base == "jsonb":
        return Index(table, (path_key(path + WILDCARD_SUFFIX),), WILDCARD)
    if column.type.base == "point":
        return Index(table, (path_key(path, kind=SPHERE),), SPHERE)
    return f"MongoDB has no index for such searches in {column.type.sql}"


def _text(index: Index, table: Table, collections: Collections) -> Index | str:
    weights, language = read(index.keys[0].expression, table)
    if not weights:
        return "it isn't known which columns its text is made of"
    paths = {collections.layout.path(table.name, name): weight for name, weight in weights.items()}
    return text_index(collections.owner(table.name), paths, language, collections)


def _plain(index: Index, table: Table, layout: Layout) -> Index | str:
    keys = [_key(key, table, layout) for key in index.keys]
    wrong = next((key for key in keys if isinstance(key, str)), None)
    if wrong is not None:
        return wrong
    plain = tuple(dict.fromkeys(key for key in keys if isinstance(key, IndexKey)))
    present = {key.expression for key in plain}
    more = [layout.path(table.name, name) for name in index.include]
    return Index(table.name, (*plain, *(path_key(path) for path in more if path not in present)))


def _key(key: IndexKey, table: Table, layout: Layout) -> IndexKey | str:
    if key.column is not None:
        return path_key(layout.path(table.name, key.column), descending=key.descending)
    column, below = field_below(key.expression, through_lower=True)
    if column is None or column not in table.by_name:
        return f"MongoDB has no index on an expression ({key.expression})"
    return path_key(".".join((layout.path(table.name, column), *below)), descending=key.descending)
