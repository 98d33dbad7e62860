"""INSERT ... ON CONFLICT, as an upsert."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import is_true
from optimizer.engines.mongo.compile.scope import Field, Scope, row_fields
from optimizer.engines.mongo.compile.writing import updates
from optimizer.engines.mongo.compile.writing.changes import EXCLUDED, Sets, bare, expressions, sets_of
from optimizer.engines.mongo.compile.writing.dependents import depend, whole
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import (
    expect_parent,
    null_key,
    parent_filter,
    require_parents,
)
from optimizer.engines.mongo.compile.writing.rows import (
    comparable,
    document,
    key_filter,
    stored_columns,
    with_values,
)
from optimizer.engines.mongo.program import Find, Update
from optimizer.model.documents import Embed
from optimizer.model.schema import Table
from optimizer.queries.tree import to_sql


def insert(tree: exp.Insert, conflict: exp.OnConflict, table: Table, row: Row, draft: Draft) -> None:
    """Insert the row, or change or leave the one that is there with the same key."""
    key = _key(tree, conflict, table)
    sets = _sets(conflict, table, row)
    if draft.layout.time_series_of(table.name) is not None:
        raise NotCompiled(tree, "a time series has no keys")
    condition = conflict.args.get("where")
    guard = _excluded(bare(condition.this), row) if condition is not None else None
    embed = draft.layout.embed_of(table.name)
    if embed is not None:
        _embedded(draft, table, embed, row, key, sets, guard)
        return
    updates.refuse_key_changes(tree, table, {n: e for n, e in sets.items() if n not in key}, draft)
    _own(tree, draft, table, row, key, sets, guard)


def _key(tree: exp.Insert, conflict: exp.OnConflict, table: Table) -> tuple[str, ...]:
    """The columns of the key that the conflict is about."""
    named = [part.this.name for part in conflict.args.get("conflict_keys") or ()]
    constraint = conflict.args.get("constraint")
    if constraint is not None:
        named = [n for key in table.keys if key.name == constraint.name for n in key.columns]
    if not named:
        keys = [key for key in table.keys if key.columns and not key.where]
        named = list(keys[0].columns) if len(keys) == 1 else []
    if not named or not table.is_unique(frozenset(named)):
        raise NotCompiled(tree, "ON CONFLICT needs the columns of one key")
    return tuple(named)


def _sets(conflict: exp.OnConflict, table: Table, row: Row) -> Sets:
    if not conflict.expressions:
        return {}
    return {name: _excluded(node, row) for name, node in sets_of(conflict, table).items()}


def _excluded(node: exp.Expr, row: Row) -> exp.Expr:
    """The expression with the new row's values in the place of EXCLUDED's columns."""

    def replaced(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Column) and part.table.lower() == EXCLUDED:
            inner = row[part.name].copy()
            return inner if isinstance(inner, exp.Placeholder | exp.Literal) else exp.Paren(this=inner)
        return part

    return node.copy().transform(replaced)


def _own(
    tree: exp.Insert,
    draft: Draft,
    table: Table,
    row: Row,
    key: tuple[str, ...],
    sets: Sets,
    guard: exp.Expr | None,
) -> None:
    where = key_filter(draft, table.name, {name: row[name] for name in key})
    collection = draft.layout.home(table.name).collection
    unsure = any(not draft.relaxed(fk) and not set(fk.columns) <= set(key) for fk in table.foreign_keys)
    held = draft.layout.computed_of(table.name) or draft.layout.subsets_of(table.name)
    carried = any(set(copy.columns) & set(sets) for copy in draft.layout.copies_of(table.name))
    if guard is not None and (held or carried):
        raise NotCompiled(tree, "ON CONFLICT ... WHERE beside totals or copies")
    old = None
    if held or carried or unsure:
        paths = {c.name: draft.layout.path(table.name, c.name) for c in stored_columns(table)}
        old = draft.fetch(Find(collection, where), table.name, paths)
    made = whole(draft, table.name, row)
    draft.add(_upsert(draft, table, collection, where, made, sets, guard))
    absent = _absent(table, old) if old is not None else None
    _require_parents(draft, table, row, absent)
    if old is not None and absent is not None:
        _depend(draft, table, old, row, sets, key, absent)


def _upsert(
    draft: Draft,
    table: Table,
    collection: str,
    where: Any,
    made: dict[str, Any],
    sets: Sets,
    guard: exp.Expr | None,
) -> Update:
    paths = {name: draft.layout.path(table.name, name) for name in sets}
    rest = {name: value for name, value in made.items() if name not in where and name not in paths.values()}
    if guard is None and all(is_constant(node) for node in sets.values()):
        change = {paths[name]: assigned(node, table.by_name[name].type) for name, node in sets.items()}
        parts = {"$set": change, "$setOnInsert": rest}
        return Update(collection, where, {n: p for n, p in parts.items() if p}, many=False, upsert=True)
    scope = updates.own_scope(draft, table.name)
    merged: Any = {"$mergeObjects": ["$$ROOT", expressions(sets, table, scope)]}
    if guard is not None:
        merged = {"$cond": [is_true(guard, scope), merged, "$$ROOT"]}
    marker = next((name for name in made if name not in where), None)
    if marker is None:
        raise NotCompiled(str(table.name), "a table of keys alone has nothing to be set")
    is_new = {"$eq": [{"$type": f"${marker}"}, "missing"]}
    new = {"$mergeObjects": ["$$ROOT", {"$literal": {n: v for n, v in made.items() if n not in where}}]}
    return Update(
        collection, where, [{"$replaceWith": {"$cond": [is_new, new, merged]}}], many=False, upsert=True
    )


def _absent(table: Table, old: Row) -> exp.Expr:
    """True where there was no such row: then all that was fetched is null."""
    return exp.Is(this=old[next(c.name for c in table.columns if c.not_null)], expression=exp.Null())


def _require_parents(draft: Draft, table: Table, row: Row, absent: exp.Expr | None) -> None:
    """Only a new row needs its parents."""
    require_parents(draft, table.name, _only_new(row, absent))


def _only_new(row: Row, absent: exp.Expr | None) -> Row:
    """The row's values where it is a new one, else nulls."""
    return row if absent is None else {name: _case(absent, node, None) for name, node in row.items()}


def _depend(
    draft: Draft,
    table: Table,
    old: Row,
    row: Row,
    sets: Sets,
    key: tuple[str, ...],
    absent: exp.Expr,
) -> None:
    """What depends on the row, which was there (all of `old`) or not (each value of `old` is null)."""
    if not sets:
        new = {name: _case(absent, node, None) for name, node in row.items() if name in old}
        depend(draft, table.name, None, new, absent)
        return
    new = {}
    for name in old:
        kept = with_values(sets[name], old) if name in sets else (row[name] if name in key else old[name])
        new[name] = _case(absent, row[name], kept)
    same = {name: row[name] if name in key else node for name, node in old.items()}
    depend(draft, table.name, same, new, absent)
    updates.depend_on_copies(draft, table.name, old, new, sets)


def _case(absent: exp.Expr, new: exp.Expr, kept: exp.Expr | None) -> exp.Expr:
    """The value for a new row, or what an old one has then."""
    if to_sql(new) == to_sql(kept or exp.Null()):
        return new
    case = exp.Case(ifs=[exp.If(this=absent.copy(), true=new.copy())])
    if kept is not None:
        case.set("default", kept.copy())
    return case


def _embedded(
    draft: Draft,
    table: Table,
    embed: Embed,
    row: Row,
    key: tuple[str, ...],
    sets: Sets,
    guard: exp.Expr | None,
) -> None:
    """A row in its parent's document, or in another's that has a row of the same key already."""
    link = draft.layout.key(table.name, embed.key)
    new = {"$literal": document(table.name, row, draft)}
    absent = None
    target = row
    if embed.many and not set(key) & set(link.columns):
        owner = _owner(draft, table, embed, row, key)
        absent = exp.Is(this=next(iter(owner.values())), expression=exp.Null())
        target = {**row, **{name: exp.Coalesce(this=owner[name], expressions=[row[name]]) for name in owner}}
    there = {"$gt": [f"${embed.field}", None]}
    made = (
        _among(draft, table, embed, row, key, sets, guard, new)
        if embed.many
        else {"$cond": [there, _changed(draft, table, sets, guard, f"${embed.field}", embed.field), new]}
    )
    collection = draft.layout.home(table.name).collection
    where, asked = (parent_filter(draft, link, one) for one in (target, _only_new(row, absent)))
    change = [{"$set": {embed.field: made}}]
    unless = null_key(collection, link, row)
    expect_parent(draft, Update(collection, where, change, many=False), asked, unless)
    _require_parents(draft, table, row, absent)


def _owner(draft: Draft, table: Table, embed: Embed, row: Row, key: tuple[str, ...]) -> dict[str, exp.Expr]:
    """The foreign key of the row that has this key already; each value is null where there is none."""
    link = draft.layout.key(table.name, embed.key)
    own = {name: comparable(row[name], table, name) for name in key}
    inside = {f"{embed.field}.{name}": value for name, value in own.items()}
    where = inside if len(own) == 1 else {embed.field: {"$elemMatch": own}}
    paths = {name: draft.layout.path(table.name, name) for name in link.columns}
    return draft.fetch(Find(draft.layout.home(table.name).collection, where), table.name, paths)


def _changed(draft: Draft, table: Table, sets: Sets, guard: exp.Expr | None, whole: str, prefix: str) -> Any:
    fields = row_fields(draft.layout, table.name)
    scope = Scope(
        {table.name.name: {n: Field(f"{prefix}.{f.path}", f.type, f.nullable) for n, f in fields.items()}}
    )
    if not sets:
        return whole
    merged: Any = {"$mergeObjects": [whole, expressions(sets, table, scope)]}
    return merged if guard is None else {"$cond": [is_true(guard, scope), merged, whole]}


def _among(
    draft: Draft,
    table: Table,
    embed: Embed,
    row: Row,
    key: tuple[str, ...],
    sets: Sets,
    guard: exp.Expr | None,
    new: Any,
) -> Any:
    """The array with the element of that key changed, or with a new one at its end."""
    own = [name for name in key if not draft.layout.place(table.name, name).of_parent]
    tests = [{"$eq": [f"$$this.{name}", {"$literal": comparable(row[name], table, name)}]} for name in own]
    same = tests[0] if len(tests) == 1 else {"$and": tests}
    array = f"${embed.field}"
    there = {"$anyElementTrue": [{"$map": {"input": array, "in": same}}]}
    changed = _changed(draft, table, sets, guard, "$$this", "$$this")
    mapped = {"$map": {"input": array, "in": {"$cond": [same, changed, "$$this"]}}} if sets else array
    return {"$cond": [there, mapped, {"$concatArrays": [array, [new]]}]}
