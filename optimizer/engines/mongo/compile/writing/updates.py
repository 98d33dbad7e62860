"""UPDATE of rows that have documents of their own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, is_constant
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.scope import Scope, document_fields
from optimizer.engines.mongo.compile.writing import embedded, subsets, totals
from optimizer.engines.mongo.compile.writing.changes import (
    Sets,
    conditions_of,
    expressions,
    filter_of,
    is_one_row,
    operators,
    pinned,
    sets_of,
)
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import copies, require_parents
from optimizer.engines.mongo.compile.writing.returning import returning, row_key
from optimizer.engines.mongo.compile.writing.rows import comparable, key_filter, with_values
from optimizer.engines.mongo.program import Find, Update
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import Table


def update(tree: exp.Update, table: Table, draft: Draft) -> None:
    """The operations of an UPDATE."""
    sets, conditions = sets_of(tree, table), conditions_of(tree, table, draft)
    refuse_key_changes(tree, table, sets, draft)
    embed = draft.layout.embed_of(table.name)
    if embed is not None:
        embedded.update(tree, table, embed, sets, conditions, draft)
        return
    if draft.layout.time_series_of(table.name) is not None:
        raise NotCompiled(tree, "a time series is only inserted into")
    scope = own_scope(draft, table.name)
    where = filter_of(conditions, scope)
    one = is_one_row(table, conditions)
    if not _depends(tree, table, sets, conditions, draft):
        draft.add(_update(draft, table, where, sets, {}, scope, many=not one))
        _carry(draft, table.name, pinned(conditions), sets)
        return
    if not one:
        raise NotCompiled(
            tree, "what depends on the rows (copies, totals, keys) is kept for one row at a time"
        )
    _one(tree, table, sets, where, scope, draft)


def own_scope(draft: Draft, table: TableName) -> Scope:
    """The columns as they are in the table's own documents."""
    return Scope({table.name: document_fields(draft.layout, table)})


def refuse_key_changes(tree: exp.Expr, table: Table, sets: Sets, draft: Draft) -> None:
    """NotCompiled for a change of a key that others refer to, or that a document is found by."""
    referenced = {
        name
        for other in draft.layout.schema.tables
        for key in other.foreign_keys
        if key.target == table.name
        for name in key.referenced
    }
    fixed = referenced | {draft.layout.id_column(table.name)}
    embed = draft.layout.embed_of(table.name)
    if embed is not None:
        fixed |= set(draft.layout.key(table.name, embed.key).columns)
    if fixed & set(sets):
        raise NotCompiled(tree, "a key that documents are found by can't be changed")


def _depends(tree: exp.Expr, table: Table, sets: Sets, conditions: list[exp.Expr], draft: Draft) -> bool:
    """True where the row as it was has to be known first."""
    keys = [key for key in table.foreign_keys if set(key.columns) & set(sets)]
    copied = {copy.key for copy in draft.layout.copies_in(table.name)}
    if any(key.name in copied or not draft.relaxed(key) for key in keys):
        return True
    if totals.concerned(draft, table.name, sets) or subsets.concerned(draft, table.name, sets):
        return True
    if tree.args.get("returning") is not None:
        return True
    carried = {name for copy in _carried(draft, table.name, sets) for name in copy.columns if name in sets}
    plain = [n for n in carried if is_constant(sets[n])]
    return bool(carried) and (len(plain) < len(carried) or not _is_key_only(draft, table, conditions))


def _is_key_only(draft: Draft, table: Table, conditions: list[exp.Expr]) -> bool:
    """True where the row is found by the columns that others refer to, and by nothing else."""
    referred = {name for copy in draft.layout.copies_of(table.name) for name in _key(draft, copy).referenced}
    return len(conditions) == len(pinned(conditions)) and set(pinned(conditions)) == referred


def _update(
    draft: Draft, table: Table, where: Any, sets: Sets, more: dict[str, Any], scope: Scope, *, many: bool
) -> Update:
    collection = draft.layout.home(table.name).collection
    change = operators(sets, table, lambda name: draft.layout.path(table.name, name))
    if change is not None:
        change.set.update(more)
        return Update(collection, where, change.operators, many=many)
    made = {draft.layout.path(table.name, name): v for name, v in expressions(sets, table, scope).items()}
    return Update(
        collection, where, [{"$set": {**made, **{f: {"$literal": v} for f, v in more.items()}}}], many=many
    )


def _one(tree: exp.Expr, table: Table, sets: Sets, where: Any, scope: Scope, draft: Draft) -> None:
    """The row is fetched, so that nothing happens without it, and what it was is known."""
    old = draft.fetch(_found(draft, table, where), table.name, needed(draft, table, sets), stops=True)
    new = {**old, **{name: with_values(node, old) for name, node in sets.items()}}
    more = copies(draft, table.name, new, sets)
    again = key_filter(draft, table.name, {name: old[name] for name in row_key(table)}) or where
    draft.add(_update(draft, table, again, sets, more, scope, many=False))
    depend_on_update(draft, table.name, old, new, sets)
    require_parents(draft, table.name, new, sets)
    if tree.args.get("returning") is not None:
        returning(tree, table, new, draft)


def _found(draft: Draft, table: Table, where: Any) -> Find:
    return Find(draft.layout.home(table.name).collection, where)


def needed(draft: Draft, table: Table, sets: Sets) -> dict[str, str]:
    """What has to be known of a row that is changed, or that goes where nothing is set, with the paths."""
    names = set(row_key(table))
    for node in sets.values():
        names |= {column.name for column in node.find_all(exp.Column)}
    for total in draft.layout.computed_of(table.name):
        names |= totals.needed(draft, total)
    for subset in draft.layout.subsets_of(table.name):
        names |= subsets.needed(draft, subset)
    for copy in draft.layout.copies_of(table.name):
        names |= set(_key(draft, copy).referenced)
    for key in table.foreign_keys:
        names |= set(key.columns) if set(key.columns) & set(sets) else set()
    return paths_of(draft, table, names)


def paths_of(draft: Draft, table: Table, names: Collection[str]) -> dict[str, str]:
    """The paths of these columns, in the table's order."""
    return {c.name: draft.layout.path(table.name, c.name) for c in table.columns if c.name in names}


def depend_on_update(draft: Draft, table: TableName, old: Row, new: Row, sets: Sets) -> None:
    """What other documents hold of the row, after columns of it were set."""
    totals.keep(draft, totals.concerned(draft, table, sets), old, new)
    for subset in subsets.concerned(draft, table, sets):
        subsets.keep(draft, subset, old, new)
    depend_on_copies(draft, table, old, new, sets)


def depend_on_copies(draft: Draft, table: TableName, old: Row, new: Row, sets: Sets) -> None:
    """The copies that children hold of the columns that were set."""
    _carry(draft, table, old, {name: new[name] for name in sets})


def _carried(draft: Draft, table: TableName, sets: Sets) -> list[ExtendedReference]:
    return [copy for copy in draft.layout.copies_of(table) if set(copy.columns) & set(sets)]


def _key(draft: Draft, copy: ExtendedReference) -> Any:
    return draft.layout.key(copy.table, copy.key)


def _carry(draft: Draft, table: TableName, row: Row, sets: Sets) -> None:
    """Carry the new values to the copies that children hold."""
    known = draft.layout.schema.by_name[table]
    for copy in _carried(draft, table, sets):
        key, child = _key(draft, copy), draft.layout.schema.by_name[copy.table]
        where = {
            draft.layout.path(copy.table, own): comparable(row[parent], child, own)
            for own, parent in zip(key.columns, key.referenced, strict=True)
        }
        values = {
            f"{copy.field}.{name}": assigned(sets[name], known.by_name[name].type)
            for name in copy.columns
            if name in sets
        }
        draft.add(Update(draft.layout.home(copy.table).collection, where, {"$set": values}))
