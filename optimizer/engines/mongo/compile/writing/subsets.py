"""The first few children that parents hold, kept as a child comes, changes or goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, comparand
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import expect_parent, needs_parent, parent_filter
from optimizer.engines.mongo.program import Find, Leaf, Update, Values
from optimizer.model.documents import Subset
from optimizer.model.names import TableName
from optimizer.model.schema import Table
from optimizer.queries.tree import to_sql


def concerned(draft: Draft, child: TableName, changed: Iterable[str]) -> list[Subset]:
    """The subsets that an update of these columns can change."""
    names = set(changed)
    return [s for s in draft.layout.subsets_of(child) if names & needed(draft, s)]


def needed(draft: Draft, subset: Subset) -> set[str]:
    """The child's columns that a subset holds or goes by."""
    key = draft.layout.key(subset.child, subset.key)
    return {*key.columns, *subset.columns, *(name for name, _ in subset.order)}


def keep(
    draft: Draft, subset: Subset, old: Row | None, new: Row | None, absent: exp.Expr | None = None
) -> None:
    """The operations that bring a subset up to date, after the child's row has been written.

    The row is taken out where it was, and put in where it is now; where one was taken out, the child that
    is the last of the first few now is fetched and put in too. A new row's parent must be there, unless
    `absent` is given (see dependents.depend).
    """
    key = draft.layout.key(subset.child, subset.key)
    if old is not None and (new is None or _moved(old, new, key.columns)):
        _refresh(draft, subset, old, gone=old, come=None)
        old = None
    if new is not None:
        _refresh(draft, subset, new, gone=old, come=new, expected=old is None and absent is None)


def _moved(old: Row, new: Row, columns: Iterable[str]) -> bool:
    return any(to_sql(old[name]) != to_sql(new[name]) for name in columns)


def _refresh(
    draft: Draft,
    subset: Subset,
    parent: Row,
    gone: Row | None,
    come: Row | None,
    *,
    expected: bool = False,
) -> None:
    child = draft.layout.schema.by_name[subset.child]
    key = draft.layout.key(subset.child, subset.key)
    where = parent_filter(draft, key, parent)
    collection = draft.layout.home(subset.table).collection
    rows = [come] if come is not None else []
    if gone is not None:
        last = _last(draft, subset, parent, child)
        unique = _unique(subset, child)
        taken = [comparand(row[unique], child.by_name[unique].type) for row in (gone, last)]
        draft.add(Update(collection, where, {"$pull": {subset.field: {unique: {"$in": taken}}}}, many=False))
        rows.append(last)
    push = {
        "$each": _elements(subset, child, rows, gone is not None),
        "$sort": {name: -1 if down else 1 for name, down in _sort(subset, child)},
        "$slice": subset.limit,
    }
    update = Update(collection, where, {"$push": {subset.field: push}}, many=False)
    if expected and needs_parent(draft, subset.child, key, parent):
        expect_parent(draft, update, where)
    else:
        draft.add(update)


def _last(draft: Draft, subset: Subset, parent: Row, child: Table) -> Row:
    """The child that is the last of the first few in the collection now."""
    layout, key = draft.layout, draft.layout.key(subset.child, subset.key)
    where = {
        layout.path(child.name, name): comparand(parent[name], child.by_name[name].type)
        for name in key.columns
    }
    order = [(layout.path(child.name, name), -1 if down else 1) for name, down in _sort(subset, child)]
    names = needed(draft, subset)
    columns = {c.name: layout.path(child.name, c.name) for c in child.columns if c.name in names}
    found = Find(layout.home(child.name).collection, where, sort=order, skip=subset.limit - 1)
    return draft.fetch(found, child.name, columns)


def _sort(subset: Subset, child: Table) -> tuple[tuple[str, bool], ...]:
    for name, _ in subset.order:
        if not child.by_name[name].not_null:
            raise NotCompiled(subset.label, f"{name} may be null, and MongoDB has nulls at the other end")
    return subset.order


def _unique(subset: Subset, child: Table) -> str:
    """The order's last column, by which an element is known."""
    name = subset.order[-1][0]
    if name not in subset.columns or not child.is_unique(frozenset({name})):
        raise NotCompiled(subset.label, "its elements have no key")
    return name


def _elements(subset: Subset, child: Table, rows: list[Row], optional: bool) -> Any:
    """The elements of these rows: of each row once, and of none that wasn't found."""
    made = [{name: assigned(row[name], child.by_name[name].type) for name in subset.columns} for row in rows]
    if not optional:
        return made
    unique = _unique(subset, child)
    keys = [evaluator(row[unique]) for row in rows]

    def evaluate(values: Values) -> list[dict[str, Any]]:
        found: dict[Any, dict[str, Any]] = {}
        for key, element in zip(keys, made, strict=True):
            value = key(values) if key else None
            if value is not None:
                found.setdefault(str(value), {n: _made(part, values) for n, part in element.items()})
        return list(found.values())

    return Leaf(" and ".join(to_sql(row[unique]) for row in rows), evaluate, "elements")


def _made(part: Any, values: Values) -> Any:
    return part.evaluate(values) if isinstance(part, Leaf) else part


def initial(draft: Draft, parent: TableName) -> dict[str, Any]:
    """The subsets of a parent without children."""
    return {subset.field: [] for subset in draft.layout.subsets_in(parent)}
