"""What a row needs of its parents: that they are there, and copies of their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, chosen
from optimizer.engines.mongo.compile.constants.evaluation import evaluator
from optimizer.engines.mongo.compile.constants.given import is_fixed
from optimizer.engines.mongo.compile.filters import NEVER
from optimizer.engines.mongo.compile.writing.draft import Draft, Inserted, Row
from optimizer.engines.mongo.compile.writing.rows import cell, key_filter
from optimizer.engines.mongo.program import Find, Leaf, Require, Update, Values
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.names import TableName
from optimizer.model.schema import ForeignKey

MISSING_PARENT = "missing parent"
NULL = "null in a required column"


def require_parents(draft: Draft, table: TableName, row: Row, changed: Iterable[str] | None = None) -> None:
    """Guards for the row's foreign keys, those with a changed column alone where that is given.

    A parent that the program has inserted itself needs none; nor does a key with a null in it.
    """
    known = draft.layout.schema.by_name[table]
    for key in known.foreign_keys:
        if draft.relaxed(key) or (changed is not None and not set(key.columns) & set(changed)):
            continue
        if parent_inserted(draft, key, row) is None and not _is_null(key, row):
            draft.require(_guard(draft, key, row), key)


def expect_parent(
    draft: Draft, update: Update, where: Mapping[str, Any], unless: Sequence[Require] = ()
) -> None:
    """Put an update of a parent's document at the end that guards the foreign key too: it has to match."""
    draft.expect(replace(update, expect=MISSING_PARENT, unless=tuple(unless)), where)


def needs_parent(draft: Draft, table: TableName, key: ForeignKey, row: Row) -> bool:
    """True for a row whose parent has to be there, and isn't known to be."""
    known = draft.layout.schema.by_name[table]
    filled = all(known.by_name[name].not_null for name in key.columns)
    return filled and not draft.relaxed(key) and parent_inserted(draft, key, row) is None


def parent_inserted(draft: Draft, key: ForeignKey, row: Row) -> Inserted | None:
    """The parent's row, if this program has inserted it before."""
    return draft.earlier(key.target, referenced(key, row))


def referenced(key: ForeignKey, row: Row) -> dict[str, exp.Expr]:
    """The parent's columns that the key refers to, with the row's values."""
    return {parent: row[own] for own, parent in zip(key.columns, key.referenced, strict=True)}


def parent_filter(draft: Draft, key: ForeignKey, row: Row) -> dict[str, Any]:
    """The filter of the document that the parent's row is in."""
    return key_filter(draft, key.target, referenced(key, row))


def _is_null(key: ForeignKey, row: Row) -> bool:
    return any(isinstance(row[column].unnest(), exp.Null) for column in key.columns)


def _guard(draft: Draft, key: ForeignKey, row: Row) -> Require:
    where = parent_filter(draft, key, row)
    found = Find(draft.layout.home(key.target).collection, where, {"_id": 1})
    return Require(found, MISSING_PARENT, when=_when(key, row))


def _when(key: ForeignKey, row: Row) -> Leaf | None:
    """The key's values, of which none may be null; None where none can be."""
    return _of_key(key, row, lambda value: None if _has_null(value) else value, "given")


def _of_key(key: ForeignKey, row: Row, choose: Callable[[Any], Any], form: str) -> Leaf | None:
    """A function of the key's value, or of the list of its values; None where none of them can be null."""
    columns = [name for name in key.columns if not is_fixed(row[name])]
    if not columns or (len(key.columns) == 1 and _is_given(row[key.columns[0]])):
        return None
    parts = [row[name] for name in columns]
    whole = parts[0] if len(parts) == 1 else exp.Array(expressions=[part.copy() for part in parts])
    made = chosen(whole, choose, None, form)
    return made if isinstance(made, Leaf) else None


def _has_null(value: Any) -> bool:
    return value is None or (isinstance(value, list) and None in value)


def null_key(collection: str, key: ForeignKey, row: Row) -> tuple[Require, ...]:
    """The guard that tells a null in a key of an embedded row, which no document has a place for."""
    found = Find(collection, dict(NEVER), {"_id": 1})
    if _is_null(key, row):
        return (Require(found, NULL),)
    is_null = _of_key(key, row, lambda value: True if _has_null(value) else None, "null")
    return () if is_null is None else (Require(found, NULL, when=is_null),)


def _is_given(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous)  # a random UUID


def copies(draft: Draft, table: TableName, row: Row, changed: Iterable[str] | None = None) -> dict[str, Any]:
    """The copies of parents' columns that the row's document holds, by field; null without a parent."""
    made: dict[str, Any] = {}
    for copy in draft.layout.copies_in(table):
        key = draft.layout.key(table, copy.key)
        if changed is None or set(key.columns) & set(changed):
            made[copy.field] = _copy(draft, copy, key, row)
    return made


def _copy(draft: Draft, copy: ExtendedReference, key: ForeignKey, row: Row) -> Any:
    parent = draft.layout.schema.by_name[copy.parent]
    inserted = parent_inserted(draft, key, row)
    if inserted is not None:
        return {name: cell(inserted.row, parent, name) for name in copy.columns}
    paths = {name: draft.layout.path(copy.parent, name) for name in (*key.referenced, *copy.columns)}
    found = Find(draft.layout.home(copy.parent).collection, parent_filter(draft, key, row))
    fetched = draft.fetch(found, copy.parent, paths, locks=draft.context.locks.of_copy(copy))
    values = {name: assigned(fetched[name], parent.by_name[name].type) for name in copy.columns}
    return _unless_missing(fetched[key.referenced[0]], values)


def _unless_missing(marker: exp.Expr, values: dict[str, Any]) -> Leaf:
    """The subdocument, or null where the parent wasn't found."""
    known = evaluator(marker) or (lambda bound: None)
    texts = ", ".join(f"{name}: {leaf.text}" for name, leaf in values.items() if isinstance(leaf, Leaf))

    def evaluate(bound: Values) -> Any:
        if known(bound) is None:
            return None
        return {
            name: leaf.evaluate(bound) if isinstance(leaf, Leaf) else leaf for name, leaf in values.items()
        }

    return Leaf(f"{{{texts}}}", evaluate, "copy")
