"""Which parents a statement has to lock, so that what depends on them holds beside other transactions. Pure.

A transaction sees the rows of its beginning, and only two that write the same document conflict: one is then
ended and tried again. A statement that reads a parent, to copy its columns or to see that it's there, is
passed over by another that changes or deletes the parent at the same time, and finds nothing new to keep
right. So the reader writes the parent too: it adds 1 to a field of its own (seen on 6.0.5: an update that
leaves a document as it was conflicts with nothing).

That costs a write, and makes readers of one parent wait for each other. The statements of the workload are
all there are: where none of them changes what is copied or deletes a parent, nothing is locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from optimizer.design.documents.layout import Layout
from optimizer.model.denormalisation import Computed, ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Schema, Table
from optimizer.model.workload import Workload
from optimizer.queries.extract import facts
from optimizer.queries.facts import Write, WriteKind

LOCK = "_lock"
FOREIGN_KEYS = "foreign_keys"


@dataclass(frozen=True)
class Locks:
    """What the statements of a workload do to rows, as far as others depend on it; empty: nothing.

    `changed` are columns that an update sets, `deleted` and `inserted` tables that lose and get rows, by
    cascades too; `relax` the names of constraints that needn't be kept.
    """

    changed: frozenset[tuple[TableName, str]] = frozenset()
    deleted: frozenset[TableName] = frozenset()
    inserted: frozenset[TableName] = frozenset()
    relax: frozenset[str] = frozenset()

    def of_key(self, key: ForeignKey) -> bool:
        """True where a new child's parent may be deleted meanwhile, though it has to be there."""
        return key.target in self.deleted and not {key.name, FOREIGN_KEYS} & self.relax

    def of_copy(self, copy: ExtendedReference) -> bool:
        """True where the parent may change or go while it is copied."""
        return copy.parent in self.deleted or self._changes(copy.parent, copy.columns)

    def of_total(self, total: Computed, child: Table) -> bool:
        """True where a total's update matters even if it adds nothing.

        It shows that the parent is there; and a sum becomes null with its last value, for which another
        transaction must not miss a zero that comes.
        """
        key, column = child.foreign_key(total.key), child.by_name.get(total.column or "")
        going = [*key.columns, *([column.name] if column is not None and not column.not_null else [])]
        emptied = child.name in self.deleted or self._changes(child.name, going)
        return self.of_key(key) or (total.function == "sum" and emptied)

    def held_in(self, layout: Layout, table: Table) -> tuple[tuple[Table, ForeignKey], ...]:
        """The children, and their keys, whose statements lock documents of the table's collection."""
        inside = {table.name, *(embed.table for embed in layout.embedded_in(table.name))}
        keys = [(child, key) for child in layout.schema.tables for key in child.foreign_keys]
        return tuple(
            (child, key) for child, key in keys if key.target in inside and self._locks(layout, child, key)
        )

    def _changes(self, table: TableName, columns: Iterable[str]) -> bool:
        return any((table, name) in self.changed for name in columns)

    def _locks(self, layout: Layout, child: Table, key: ForeignKey) -> bool:
        embed = layout.embed_of(child.name)
        inside = embed is not None and embed.key == key.name
        copies = [copy for copy in layout.copies_in(child.name) if copy.key == key.name]
        totals = [total for total in layout.computed_of(child.name) if total.key == key.name]
        linked = child.name in self.inserted or self._changes(child.name, key.columns)
        read = linked and (any(map(self.of_copy, copies)) or (self.of_key(key) and not inside))
        return read or any(self.of_total(total, child) for total in totals)


NO_LOCKS = Locks()
"""Where statements change nothing that others depend on."""


def locks(workload: Workload, schema: Schema) -> Locks:
    """What the workload's statements have to lock."""
    texts = [statement.text for query in workload.queries for statement in query.statements]
    writes = [write for text in texts for write in facts(text, schema).writes]
    deleted = _with_cascades({w.table for w in writes if w.kind is WriteKind.DELETE}, schema)
    return Locks(
        frozenset([*_updated(writes, schema), *_orphaned(deleted, schema)]),
        deleted,
        frozenset(write.table for write in writes if write.kind is WriteKind.INSERT),
        frozenset(workload.relax),
    )


def lock_field(layout: Layout, table: TableName) -> str:
    """The field that is written to lock a row of the table: one that its document has no other use for."""
    embed = layout.embed_of(table)
    owner = layout.schema.by_name[embed.parent if embed is not None else table]
    taken = {column.name for column in owner.columns} | _added(layout, owner.name)
    name = LOCK
    while name in taken:
        name += "_"
    return name


def _added(layout: Layout, table: TableName) -> set[str]:
    """The fields that structures put into the table's documents."""
    fields = {structure.field for structure in layout.embedded_in(table)}
    fields |= {structure.field for structure in layout.copies_in(table)}
    fields |= {structure.field for structure in layout.computed_in(table)}
    return fields | {structure.field for structure in layout.subsets_in(table)}


def _updated(writes: Iterable[Write], schema: Schema) -> Iterator[tuple[TableName, str]]:
    """Generated columns are taken to change with any other one."""
    for write in writes:
        if write.kind is WriteKind.UPDATE:
            made = [column.name for column in schema.by_name[write.table].columns if column.generated]
            yield from ((write.table, name) for name in (*write.columns, *made))


def _with_cascades(deleted: set[TableName], schema: Schema) -> frozenset[TableName]:
    while more := _children(deleted, schema, "CASCADE") - deleted:
        deleted = deleted | more
    return frozenset(deleted)


def _children(parents: Iterable[TableName], schema: Schema, on_delete: str) -> set[TableName]:
    wanted = set(parents)
    return {
        table.name
        for table in schema.tables
        for key in table.foreign_keys
        if key.target in wanted and key.on_delete == on_delete
    }


def _orphaned(deleted: frozenset[TableName], schema: Schema) -> Iterator[tuple[TableName, str]]:
    """The columns that are set to null where a parent goes."""
    for table in schema.tables:
        for key in table.foreign_keys:
            if key.target in deleted and key.on_delete == "SET NULL":
                yield from ((table.name, name) for name in key.columns)
