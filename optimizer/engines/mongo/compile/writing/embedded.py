"""UPDATE and DELETE of rows that live in their parents' documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import is_true
from optimizer.engines.mongo.compile.filters import all_of
from optimizer.engines.mongo.compile.scope import Field, Scope, document_fields, row_fields
from optimizer.engines.mongo.compile.writing.changes import (
    Sets,
    expressions,
    filter_of,
    is_one_row,
    operators,
    pinned,
)
from optimizer.engines.mongo.compile.writing.draft import Draft
from optimizer.engines.mongo.compile.writing.parents import require_parents
from optimizer.engines.mongo.program import Find, Update
from optimizer.model.documents import Embed
from optimizer.model.schema import Table

_ROW = "row"


@dataclass(frozen=True)
class Rows:
    """The rows that a statement is about: conditions on the parent, and on the embedded row alone."""

    table: Table
    embed: Embed
    outer: Sequence[exp.Expr]
    inner: Sequence[exp.Expr]
    draft: Draft

    @property
    def collection(self) -> str:
        return self.draft.layout.home(self.table.name).collection

    def scope(self, prefix: str = "") -> Scope:
        """The row's own columns, below a prefix."""
        return Scope({self.table.name.name: row_fields(self.draft.layout, self.table.name, prefix)})

    @property
    def element(self) -> dict[str, Any]:
        """The condition that an array's element meets."""
        return filter_of(self.inner, self.scope())

    @property
    def documents(self) -> dict[str, Any]:
        """The filter of the documents that have such rows."""
        name = self.table.name
        parent = filter_of(self.outer, Scope({name.name: document_fields(self.draft.layout, name)}))
        if not self.embed.many:
            there = {self.embed.field: {"$ne": None}}
            return all_of([parent, filter_of(self.inner, self.scope(self.embed.field)), there])
        if not self.inner:
            return all_of([parent, {f"{self.embed.field}.0": {"$exists": True}}])
        return all_of([parent, self._having()])

    def _having(self) -> dict[str, Any]:
        """One condition on one field needs no `$elemMatch`."""
        element = self.element
        _refuse_expressions(element, self.table)
        if len(element) == 1 and len(self.inner) == 1 and isinstance(self.inner[0], exp.EQ):
            [(path, value)] = element.items()
            if not path.startswith("$"):
                return {f"{self.embed.field}.{path}": value}
        return {self.embed.field: {"$elemMatch": element}}


def rows_of(table: Table, embed: Embed, conditions: Sequence[exp.Expr], draft: Draft) -> Rows:
    """The conditions, each put where it belongs; NotCompiled for one that is about both."""
    keys = set(draft.layout.key(table.name, embed.key).columns)
    outer, inner = [], []
    for node in conditions:
        names = {column.name for column in node.find_all(exp.Column)}
        if names <= keys:
            outer.append(node)
        elif names & keys:
            raise NotCompiled(node, "a condition on an embedded row and on its parent at once")
        else:
            inner.append(node)
    return Rows(table, embed, outer, inner, draft)


def update(
    tree: exp.Expr, table: Table, embed: Embed, sets: Sets, conditions: Sequence[exp.Expr], draft: Draft
) -> None:
    """UPDATE of embedded rows."""
    if tree.args.get("returning") is not None:
        raise NotCompiled(tree, "RETURNING of an embedded row")
    rows = rows_of(table, embed, conditions, draft)
    where = rows.documents
    _guard(rows, where, sets)
    one = _is_one_document(rows, conditions)
    draft.add(_one(rows, where, sets, one) if not embed.many else _many(rows, where, sets, one))


def _guard(rows: Rows, where: dict[str, Any], sets: Sets) -> None:
    """Parents of new values, where there is a row to be changed at all."""
    keys = [key for key in rows.table.foreign_keys if set(key.columns) & set(sets)]
    if any(not rows.draft.relaxed(key) for key in keys):
        rows.draft.fetch(Find(rows.collection, where), rows.table.name, {"parent": "_id"}, stops=True)
        filled = {column.name: sets.get(column.name, exp.Null()) for column in rows.table.columns}
        require_parents(rows.draft, rows.table.name, filled, sets)


def _is_one_document(rows: Rows, conditions: Sequence[exp.Expr]) -> bool:
    parent = rows.draft.layout.schema.by_name[rows.embed.parent]
    key = rows.draft.layout.key(rows.table.name, rows.embed.key)
    outer = set(pinned(rows.outer))
    reached = {there for own, there in zip(key.columns, key.referenced, strict=True) if own in outer}
    return is_one_row(rows.table, conditions) or parent.is_unique(frozenset(reached))


def _one(rows: Rows, where: dict[str, Any], sets: Sets, one: bool) -> Update:
    change = operators(sets, rows.table, lambda name: f"{rows.embed.field}.{name}")
    if change is not None:
        return Update(rows.collection, where, change.operators, many=not one)
    made = expressions(sets, rows.table, rows.scope(rows.embed.field))
    fields = {f"{rows.embed.field}.{name}": value for name, value in made.items()}
    return Update(rows.collection, where, [{"$set": fields}], many=not one)


def _many(rows: Rows, where: dict[str, Any], sets: Sets, one: bool) -> Update:
    """The one element of a key by `$`, several by array filters, computed values by `$map`."""
    field = rows.embed.field
    single = is_one_row(rows.table, rows.inner) and not rows.outer
    place = "$" if single else f"$[{_ROW}]"
    change = operators(sets, rows.table, lambda name: f"{field}.{place}.{name}")
    if change is None:
        return Update(rows.collection, where, [{"$set": {field: _mapped(rows, sets)}}], many=not one)
    if single:
        return Update(rows.collection, where, change.operators, many=False)
    if not rows.inner:
        every = operators(sets, rows.table, lambda name: f"{field}.$[].{name}")
        return Update(rows.collection, where, (every or change).operators, many=not one)
    filters = [filter_of(rows.inner, rows.scope(_ROW))]
    return Update(rows.collection, where, change.operators, many=not one, array_filters=filters)


def _mapped(rows: Rows, sets: Sets) -> dict[str, Any]:
    fields = row_fields(rows.draft.layout, rows.table.name)
    scope = Scope(
        {rows.table.name.name: {n: Field(f"$$this.{f.path}", f.type, f.nullable) for n, f in fields.items()}}
    )
    changed = {"$mergeObjects": ["$$this", expressions(sets, rows.table, scope)]}
    if rows.inner:
        changed = {"$cond": [is_true(exp.and_(*rows.inner), scope), changed, "$$this"]}
    return {"$map": {"input": f"${rows.embed.field}", "in": changed}}


def delete(table: Table, embed: Embed, conditions: Sequence[exp.Expr], draft: Draft) -> None:
    """DELETE of embedded rows."""
    rows = rows_of(table, embed, conditions, draft)
    where, one = rows.documents, _is_one_document(rows, conditions)
    if not embed.many:
        draft.add(Update(rows.collection, where, {"$set": {embed.field: None}}, many=not one))
    elif not rows.inner:
        draft.add(Update(rows.collection, where, {"$set": {embed.field: []}}, many=not one))
    else:
        draft.add(Update(rows.collection, where, {"$pull": {embed.field: rows.element}}, many=not one))


def _refuse_expressions(element: dict[str, Any], table: Table) -> None:
    if "$expr" in str(element):
        raise NotCompiled(str(table.name), "a condition on embedded rows that the match language can't say")
