"""DELETE, with what a row's going means to those that refer to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.writing import embedded, subsets, totals
from optimizer.engines.mongo.compile.writing.changes import conditions_of, filter_of, is_one_row, pinned
from optimizer.engines.mongo.compile.writing.dependents import depend
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import MISSING_PARENT
from optimizer.engines.mongo.compile.writing.returning import returning, row_key
from optimizer.engines.mongo.compile.writing.rows import comparable
from optimizer.engines.mongo.compile.writing.updates import needed, own_scope, paths_of
from optimizer.engines.mongo.program import Delete, Find, Require, Update
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey, Table


def delete(tree: exp.Delete, table: Table, draft: Draft) -> None:
    """The operations of a DELETE."""
    draft.required.clear()
    conditions = conditions_of(tree, table, draft)
    embed = draft.layout.embed_of(table.name)
    if embed is not None:
        if tree.args.get("returning") is not None:
            raise NotCompiled(tree, "RETURNING of an embedded row")
        embedded.delete(table, embed, conditions, draft)
        return
    where = filter_of(conditions, own_scope(draft, table.name))
    collection = draft.layout.home(table.name).collection
    one = is_one_row(table, conditions)
    known = pinned(conditions)
    children = list(_children(draft, table.name))
    depends = _is_held(draft, table.name) or tree.args.get("returning") is not None
    if not depends and not children:
        draft.add(Delete(collection, where, many=not one))
        return
    if not one:
        raise NotCompiled(tree, "what depends on the rows is kept for one row at a time")
    row: Row = known
    if depends or len(known) < len(conditions) or not _has_keys(children, known):
        names = {name for _, key in children for name in key.referenced} | set(needed(draft, table, {}))
        row = draft.fetch(Find(collection, where), table.name, paths_of(draft, table, names), stops=True)
    _gone(draft, table, row, children, tree)
    if tree.args.get("returning") is not None:
        returning(tree, table, row, draft)
    draft.add(Delete(collection, _again(draft, table, row) or where, many=False))
    if depends:
        depend(draft, table.name, row, None)


def _again(draft: Draft, table: Table, row: Row) -> dict[str, Any]:
    """The row by its primary key, where that is known."""
    key = row_key(table)
    if not key or not all(name in row for name in key):
        return {}
    return {draft.layout.path(table.name, name): comparable(row[name], table, name) for name in key}


def _has_keys(children: list[tuple[Table, ForeignKey]], known: Row) -> bool:
    return all(name in known for _, key in children for name in key.referenced)


def _is_held(draft: Draft, table: TableName) -> bool:
    """True where parents hold totals or subsets over the row."""
    return bool(draft.layout.computed_of(table) or draft.layout.subsets_of(table))


def _children(draft: Draft, table: TableName) -> Iterator[tuple[Table, ForeignKey]]:
    """The foreign keys that something has to be done for: not those of rows that go with the document."""
    for other in draft.layout.schema.tables:
        embed = draft.layout.embed_of(other.name)
        for key in other.foreign_keys:
            if key.target != table:
                continue
            inside = embed is not None and embed.key == key.name and embed.parent == table
            if not (inside and key.on_delete == "CASCADE") and not (
                draft.relaxed(key) and key.on_delete in ("NO ACTION", "RESTRICT")
            ):
                yield other, key


def _gone(
    draft: Draft, table: Table, row: Row, children: list[tuple[Table, ForeignKey]], tree: exp.Expr
) -> None:
    """What happens to each kind of children: refused first, then deleted or left without a parent."""
    restricting = [(child, key) for child, key in children if key.on_delete in ("NO ACTION", "RESTRICT")]
    for child, key in restricting:
        home = draft.layout.home(child.name)
        where = _of_parent(draft, child, key, row)
        draft.add(Require(Find(home.collection, where, {"_id": 1}), MISSING_PARENT, absent=True))
    for child, key in children:
        if key.on_delete == "CASCADE":
            _cascade(draft, table, child, key, row, tree)
        elif key.on_delete == "SET NULL":
            _orphan(draft, child, key, row, tree)
        elif key.on_delete not in ("NO ACTION", "RESTRICT"):
            raise NotCompiled(tree, f"ON DELETE {key.on_delete}")


def _of_parent(draft: Draft, child: Table, key: ForeignKey, row: Row) -> dict[str, Any]:
    """The filter of the documents with children of the row."""
    layout, embed = draft.layout, draft.layout.embed_of(child.name)
    where = {
        layout.path(child.name, own): comparable(row[parent], child, own)
        for own, parent in zip(key.columns, key.referenced, strict=True)
    }
    if embed is not None and embed.key == key.name:
        there = {f"{embed.field}.0": {"$exists": True}} if embed.many else {embed.field: {"$ne": None}}
        return {**where, **there}
    return where


def _cascade(draft: Draft, table: Table, child: Table, key: ForeignKey, row: Row, tree: exp.Expr) -> None:
    below = list(_children(draft, child.name))
    held = [t for t in draft.layout.computed_of(child.name) if t.table != table.name]
    held_too = [s for s in draft.layout.subsets_of(child.name) if s.table != table.name]
    embed = draft.layout.embed_of(child.name)
    if below or held or held_too:
        raise NotCompiled(tree, f"{child.name}, which goes too, has children or totals of its own")
    home, where = draft.layout.home(child.name), _of_parent(draft, child, key, row)
    if embed is None:
        draft.add(Delete(home.collection, where))
        return
    if not embed.many or len(key.columns) != 1:
        raise NotCompiled(tree, f"{child.name}, which goes too, is embedded elsewhere")
    element = {draft.layout.place(child.name, key.columns[0]).field: next(iter(where.values()))}
    draft.add(Update(home.collection, where, {"$pull": {embed.field: element}}))


def _orphan(draft: Draft, child: Table, key: ForeignKey, row: Row, tree: exp.Expr) -> None:
    layout, embed = draft.layout, draft.layout.embed_of(child.name)
    touched = set(key.columns)
    if any(touched & totals.needed(draft, t) for t in layout.computed_of(child.name) if t.key != key.name):
        raise NotCompiled(tree, f"{child.name}'s totals go by {key.name} too")
    held = {name for copy in layout.copies_of(child.name) for name in copy.columns}
    held |= {n for s in layout.subsets_of(child.name) if s.key != key.name for n in subsets.needed(draft, s)}
    if touched & held:
        raise NotCompiled(tree, f"{key.name} of {child.name} is held elsewhere too")
    where = _of_parent(draft, child, key, row)
    copied = {copy.field: None for copy in layout.copies_in(child.name) if copy.key == key.name}
    if embed is None:
        values = {layout.path(child.name, name): None for name in key.columns}
        draft.add(Update(layout.home(child.name).collection, where, {"$set": {**values, **copied}}))
        return
    if not embed.many or len(key.columns) != 1:
        raise NotCompiled(tree, f"{child.name} is embedded elsewhere")
    field = layout.place(child.name, key.columns[0]).field
    change = {"$set": {f"{embed.field}.$[row].{field}": None}}
    filters = [{f"row.{field}": next(iter(where.values()))}]
    draft.add(Update(layout.home(child.name).collection, where, change, array_filters=filters))
