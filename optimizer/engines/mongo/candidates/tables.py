"""The collections of a layout as tables of their own, whose columns are the dotted paths of the documents.

So the rules that look at columns, keys and types see documents: `items.quantity` is a column of `orders`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.design.documents.layout import ID, Layout
from optimizer.engines.mongo.indexes import path_index
from optimizer.engines.mongo.unique_indexes import keys_of, owner, unique_indexes
from optimizer.model.documents import Embed
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.schema import Column, ColumnType, Key, Schema, Table

ID_INDEX = "_id_"
_COUNT = ColumnType("bigint", "int8")


@dataclass(frozen=True)
class Collections:
    """The collections of a layout; `schema` has one table each, under the name of the table that owns it."""

    layout: Layout

    @cached_property
    def schema(self) -> Schema:
        return Schema(tuple(self._table(table) for table in self.layout.collections))

    def owner(self, table: TableName) -> TableName:
        """The table that owns the collection where the table's rows live."""
        return owner(self.layout, table)

    def array(self, owner: TableName, path: str) -> str | None:
        """The array that the path leads into, or is; None where the path leads through none."""
        for embed in self.layout.embedded_in(owner):
            if embed.many and path.startswith(f"{embed.field}."):
                return embed.field
        column = self.schema.by_name[owner].by_name.get(path)
        return path if column is not None and column.type.array else None

    @cached_property
    def keys(self) -> dict[TableName, tuple[Index, ...]]:
        """The indexes that every design has, by owner: that of `_id`, and the unique ones."""
        return {table.name: tuple(self._keys(table)) for table in self.layout.collections}

    def _keys(self, table: Table) -> Iterator[Index]:
        if self.layout.time_series_of(table.name) is None:
            yield path_index(table.name, ID, unique=True, name=ID_INDEX)
        for one in (table, *self._inside(table)):
            yield from unique_indexes(self.layout, one)[0]

    def _inside(self, table: Table) -> tuple[Table, ...]:
        return tuple(self.layout.schema.by_name[e.table] for e in self.layout.embedded_in(table.name))

    def _table(self, table: Table) -> Table:
        whole = self._whole(table)
        keys = tuple(
            Key(index.name, tuple(key.expression for key in index.keys), where=None)
            for index in self.keys[table.name]
            if not index.where or (index.name in whole and not index.options)
        )
        return Table(table.name, tuple(self._columns(table)), keys)

    def _whole(self, table: Table) -> frozenset[str]:
        """The keys that hold for all rows: one is partial only because nulls may repeat."""
        schema = self.layout.schema
        every = (key for one in (table, *self._inside(table)) for key in keys_of(schema, one))
        return frozenset(key.name for key in every if key.where is None)

    def _columns(self, table: Table) -> Iterator[Column]:
        layout, name = self.layout, table.name
        for column in table.columns:
            yield replace(column, name=layout.path(name, column.name))
        for embed in layout.embedded_in(name):
            yield from self._embedded(embed)
        for copy in layout.copies_in(name):
            parent = layout.schema.by_name[copy.parent]
            for held in copy.columns:
                yield replace(parent.by_name[held], name=f"{copy.field}.{held}", not_null=False)
        for computed in layout.computed_in(name):
            child = layout.schema.by_name[computed.child].by_name
            type_ = child[computed.column].type if computed.column in child else _COUNT
            yield Column(computed.field, _COUNT if computed.function == "count" else type_)

    def _embedded(self, embed: Embed) -> Iterator[Column]:
        for column in self.layout.schema.by_name[embed.table].columns:
            if not self.layout.place(embed.table, column.name).of_parent:
                path = self.layout.path(embed.table, column.name)
                yield replace(column, name=path, not_null=column.not_null and embed.many)
