"""Counters and sums that parents hold over their children, kept as a child comes, changes or goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from bson.int64 import Int64
from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, chosen, comparand
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.constants.given import is_fixed
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import expect_parent, needs_parent, parent_filter
from optimizer.engines.mongo.locks import lock_field
from optimizer.engines.mongo.program import Fetch, Find, Leaf, Update, Values
from optimizer.model.denormalisation import Computed
from optimizer.model.names import TableName
from optimizer.model.schema import Column
from optimizer.queries.tree import to_sql


def concerned(draft: Draft, child: TableName, changed: Iterable[str]) -> list[Computed]:
    """The totals that an update of these columns can change."""
    names = set(changed)
    return [t for t in draft.layout.computed_of(child) if names & needed(draft, t)]


def needed(draft: Draft, total: Computed) -> set[str]:
    """The child's columns that a total goes by."""
    columns = set(draft.layout.key(total.child, total.key).columns)
    return columns | ({total.column} if total.column else set())


def keep(
    draft: Draft,
    totals: Sequence[Computed],
    old: Row | None,
    new: Row | None,
    absent: exp.Expr | None = None,
) -> None:
    """The operations that bring totals up to date, after the child's row has been written.

    `old` is the row as it was, None for a new one; `new` as it is now, None for one that is gone. `absent`
    (see dependents.depend) is true where there was no old row after all: its values are null; where it is
    false, those of a row that was only to be new are. One update for each parent, which must be there.
    """
    for key in dict.fromkeys(total.key for total in totals):
        some = [total for total in totals if total.key == key]
        columns = draft.layout.key(some[0].child, key).columns
        if old is not None and new is not None and _same(old, new, columns):
            _change(draft, some, new, new, old, absent)
            continue
        if old is not None:
            _change(draft, some, old, None, old)
        if new is not None:
            _change(draft, some, new, new, None, expected=absent is None)


def _same(old: Row, new: Row, columns: Iterable[str]) -> bool:
    return all(to_sql(old[name]) == to_sql(new[name]) for name in columns)


def _change(
    draft: Draft,
    totals: Sequence[Computed],
    parent: Row,
    added: Row | None,
    taken: Row | None,
    absent: exp.Expr | None = None,
    *,
    expected: bool = False,
) -> None:
    """Counts by `$inc`; beside sums, which `$inc` can't begin at null, all in one pipeline."""
    first = totals[0]
    key = draft.layout.key(first.child, first.key)
    where = parent_filter(draft, key, parent)
    counts = {t.field: _counted(t, added, taken, absent) for t in totals if t.function == "count"}
    counts = {name: change for name, change in counts.items() if change != 0}
    sums = {t.field: _sum(draft, t, parent, added, taken) for t in totals if _has_sum(t, added, taken)}
    collection = draft.layout.home(first.table).collection
    added_to = {name: {"$add": [f"${name}", change]} for name, change in counts.items()}
    change: Any = [{"$set": {**added_to, **sums}}] if sums else {"$inc": counts}
    if not sums and not counts:
        return
    if not any(isinstance(change, int) for change in counts.values()):
        change = _surely(draft, totals, change)
    if expected and needs_parent(draft, first.child, key, parent):
        expect_parent(draft, Update(collection, where, change, many=False), where)
    else:
        draft.add(Update(collection, where, change, many=False))


def _surely(draft: Draft, totals: Sequence[Computed], change: Any) -> Any:
    """The change with the lock in it, where it matters that the document changes (see locks)."""
    child = draft.layout.schema.by_name[totals[0].child]
    if not any(draft.context.locks.of_total(total, child) for total in totals):
        return change
    lock = lock_field(draft.layout, totals[0].table)
    if isinstance(change, dict):
        return {"$inc": {**change["$inc"], lock: 1}}
    more = {lock: {"$add": [{"$ifNull": [f"${lock}", 0]}, 1]}}
    return [{"$set": {**change[0]["$set"], **more}}]


def _has_sum(total: Computed, added: Row | None, taken: Row | None) -> bool:
    """True for a sum that can change: not where nothing but a null is added."""
    nodes = [row[total.column or ""] for row in (added, taken) if row is not None and total.column]
    return total.function == "sum" and not all(isinstance(node.unnest(), exp.Null) for node in nodes)


def _counted(total: Computed, added: Row | None, taken: Row | None, absent: exp.Expr | None) -> Any:
    """What the count changes by."""
    if total.column is None and absent is not None:
        return chosen(absent, int, None, "count")
    if total.column is None:
        return (added is not None) - (taken is not None)
    parts = [(row[total.column], sign) for row, sign in ((added, 1), (taken, -1)) if row is not None]
    if all(is_fixed(node) for node, _ in parts):
        return sum(sign for node, sign in parts if not isinstance(node.unnest(), exp.Null))
    known = [(evaluate, sign) for node, sign in parts if (evaluate := evaluator(node)) is not None]
    text = " ".join(f"{'+' if sign > 0 else '-'} ({to_sql(node)} is given)" for node, sign in parts)
    return Leaf(text, lambda values: sum(sign for run, sign in known if run(values) is not None), "count")


def _others(draft: Draft, total: Computed, parent: Row) -> exp.Expr:
    """The key of a child with a value, after the write; null where there is none: then the sum is null."""
    layout, key = draft.layout, draft.layout.key(total.child, total.key)
    child = layout.schema.by_name[total.child]
    where = {
        layout.path(total.child, name): comparand(parent[name], child.by_name[name].type)
        for name in key.columns
    }
    where[layout.path(total.child, total.column or "")] = {"$ne": None}
    name = f"{total.child.name}{next(draft.numbers)}"
    found = Find(layout.home(total.child).collection, where, {"_id": 1})
    draft.add(Fetch(found, {f"{name}.other": "_id"}))
    return exp.Placeholder(this=f"fetched:{name}.other")


def _sum(draft: Draft, total: Computed, parent: Row, added: Row | None, taken: Row | None) -> Any:
    """The new sum: null without a value, so that taking one away asks whether another is left."""
    column = draft.layout.schema.by_name[total.child].by_name[total.column or ""]
    field = f"${total.field}"
    value: Any = {"$ifNull": [field, _zero(column)]}
    if taken is not None:
        value = {"$subtract": [value, _amount(taken, column)]}
    if added is not None:
        value = {"$add": [value, _amount(added, column)]}
        if _is_given(added, column):
            return value
    if taken is not None:
        return {"$cond": [_is_there(_others(draft, total, parent)), value, None]}
    return {"$cond": [_is_there(_node(added, column)), value, field]}


def _node(row: Row | None, column: Column) -> exp.Expr:
    return exp.Null() if row is None else row[column.name]


def _is_given(row: Row | None, column: Column) -> bool:
    node = _node(row, column)
    return column.not_null or (is_fixed(node) and not isinstance(node.unnest(), exp.Null))


def _is_there(node: exp.Expr) -> Any:
    """True where the constant isn't null."""
    return chosen(node, lambda value: value is not None, None, "is given")


def _amount(row: Row, column: Column) -> Any:
    """The row's value, 0 where it is null."""
    made = assigned(row[column.name], column.type)
    if not isinstance(made, Leaf):
        return _zero(column) if made is None else made

    def evaluate(values: Values) -> Any:
        value = made.evaluate(values)
        return _zero(column) if value is None else value

    return Leaf(made.text, evaluate, "amount")


def _zero(column: Column) -> Any:
    """The sum's zero, of the type that PostgreSQL sums to."""
    if column.type.base in ("float4", "float8"):
        return 0.0
    return Decimal(0) if column.type.base == "numeric" else Int64(0)


def initial(draft: Draft, parent: TableName) -> dict[str, Any]:
    """The totals of a parent without children."""
    return {t.field: 0 if t.function == "count" else None for t in draft.layout.computed_in(parent)}
