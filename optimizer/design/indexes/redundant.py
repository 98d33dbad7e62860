"""Proposals that the keys of the schema make superfluous."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.design.indexes.pool import covered_by
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.schema import Key, Schema
from optimizer.queries.quoting import quote_identifier


def key_indexes(schema: Schema, table: TableName) -> tuple[Index, ...]:
    """The indexes that back the table's keys, and all others that are unique."""
    unique = tuple(index for index in schema.unique_indexes if index.table == table)
    known = schema.by_name.get(table)
    keys = tuple(_index(table, key) for key in known.keys if key.columns) if known else ()
    return unique + keys


def why_redundant(index: Index, keys: Iterable[Index]) -> str | None:
    """The key that does what the index would do, as a reason; None where there is none.

    A hash index is redundant where a key is on its column alone. An index that goes on after a whole key
    orders nothing more: rows don't share a key's values. A covering one does more than the key.
    """
    present = tuple(keys)
    as_btree = Index(index.table, index.keys, where=index.where) if index.method == "hash" else index
    if (found := covered_by(as_btree, present)) is not None:
        return f"{found.name or 'a key'} covers it"
    if index.include or index.method != "btree":
        return None
    whole = next((key for key in present if _begins_with_all_of(index, key)), None)
    return f"{whole.name or 'a key'} finds the row already" if whole is not None else None


def _begins_with_all_of(index: Index, key: Index) -> bool:
    """True where the first keys of the index are exactly those of a full key, in any order."""
    leading = {item.expression for item in index.keys[: len(key.keys)]}
    return key.where is None and bool(leading) and leading == {item.expression for item in key.keys}


def _index(table: TableName, key: Key) -> Index:
    keys = tuple(IndexKey(quote_identifier(name), name) for name in key.columns)
    return Index(table, keys, where=key.where, unique=True, name=key.name)
