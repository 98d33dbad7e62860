"""Documents of a layout made from rows, one by one: slow, plain, and independent of the loader."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.values import stored
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Table
from tests.engines.mongo.compile_schema import Rows

Document = dict[str, Any]


def documents(layout: Layout, rows: Rows) -> dict[str, list[Document]]:
    """The documents of each collection."""
    return {
        str(table.name): [_document(layout, table, row, rows) for row in rows[str(table.name)]]
        for table in layout.collections
    }


def _document(layout: Layout, table: Table, row: Document, rows: Rows) -> Document:
    made: Document = {}
    for column in table.columns:
        _put(made, layout.place(table.name, column.name).field, stored(row[column.name], column.type))
    for embed in layout.embedded_in(table.name):
        key = layout.key(embed.table, embed.key)
        children = [
            _plain(layout, embed.table, c, key.columns)
            for c in _children(layout, embed.table, key, row, rows)
        ]
        made[embed.field] = children if embed.many else (children[0] if children else None)
    for copy in layout.copies_in(table.name):
        made[copy.field] = _copy(
            layout, copy.parent, layout.key(table.name, copy.key), copy.columns, row, rows
        )
    for computed in layout.computed_in(table.name):
        found = _children(layout, computed.child, layout.key(computed.child, computed.key), row, rows)
        made[computed.field] = _computed(layout, computed.child, computed.function, computed.column, found)
    for subset in layout.subsets_in(table.name):
        found = _children(layout, subset.child, layout.key(subset.child, subset.key), row, rows)
        for name, down in reversed(subset.order):
            found.sort(key=lambda child: (child[name] is None, child[name] or 0), reverse=down)
        child_table = layout.schema.by_name[subset.child]
        made[subset.field] = [_chosen(child_table, c, subset.columns) for c in found[: subset.limit]]
    return made


def _put(made: Document, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for part in outer:
        made = made.setdefault(part, {})
    made[last] = value


def _children(layout: Layout, child: TableName, key: ForeignKey, row: Document, rows: Rows) -> list[Document]:
    pairs = list(zip(key.columns, key.referenced, strict=True))
    return [c for c in rows[str(child)] if all(c[own] == row[other] for own, other in pairs)]


def _plain(layout: Layout, child: TableName, row: Document, without: Iterable[str]) -> Document:
    table = layout.schema.by_name[child]
    return _chosen(table, row, [c.name for c in table.columns if c.name not in set(without)])


def _chosen(table: Table, row: Document, columns: Iterable[str]) -> Document:
    return {name: stored(row[name], table.by_name[name].type) for name in columns}


def _copy(
    layout: Layout, parent: TableName, key: ForeignKey, columns: Iterable[str], row: Document, rows: Rows
) -> Document | None:
    for one in rows[str(parent)]:
        if all(row[own] == one[other] for own, other in zip(key.columns, key.referenced, strict=True)):
            return _chosen(layout.schema.by_name[parent], one, columns)
    return None


def _computed(
    layout: Layout, child: TableName, function: str, column: str | None, found: list[Document]
) -> Any:
    values = found if column is None else [c[column] for c in found if c[column] is not None]
    if function == "count":
        return stored(len(values), None)
    whole = sum(values) if values else None
    return stored(
        whole, layout.schema.by_name[child].by_name[column or ""].type if isinstance(whole, Decimal) else None
    )
