"""Totals of children that are asked for without their parent: of one parent, or of each."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import conditions_of
from optimizer.engines.postgres.rewriting.terms import as_source, become, column, is_column
from optimizer.engines.postgres.rewriting.totalling.answered import (
    add_condition,
    aggregates,
    answer,
    mentions,
)
from optimizer.engines.postgres.rewriting.totalling.family import Family
from optimizer.engines.postgres.rewriting.totalling.trees import (
    free_alias,
    has_only,
    is_grouped_by_key,
    key_values,
    lone_child,
    parts,
    rename_columns,
)
from optimizer.model.schema import Schema
from optimizer.queries.aggregates import own

_PARTS = ("with_", "expressions", "from_", "where", "having", "order", "limit", "offset", "distinct")
_OUTSIDE = (
    exp.Column,
    exp.Identifier,
    exp.Placeholder,
    exp.Literal,
    exp.Cast,
    exp.DataType,
    exp.Null,
    exp.Neg,
)
"""What a key may be compared with, so that it is the same wherever it stands."""


def read_whole(query: exp.Query, family: Family, schema: Schema) -> bool:
    """Read the parents instead of the children. Not where row-level security may hide a parent."""
    changed = False
    if family.parent.row_security or not family.is_exact:
        return False
    for tree in list(query.find_all(exp.Select)):
        child = lone_child(tree, family, schema)
        if child is None:
            continue
        copy, alias = tree.copy(), free_alias(query, family.parent.name.name)
        if tree.args.get("group"):
            done = _read_each(copy, child, alias, family)
        else:
            done = _read_one(copy, child, alias, family, query)
        if done:
            become(tree, copy)
            changed = True
    return changed


def _read_one(tree: exp.Select, child: str, parent: str, family: Family, root: exp.Expr) -> bool:
    """There is one row whatever is found: the parent is outer-joined to it."""
    values = key_values(conditions_of(tree), child, family.key.columns)
    is_total = any(any(aggregates(part)) for part in parts(tree))
    if values is None or not is_total or not has_only(tree, *_PARTS):
        return False
    if not all(isinstance(node, _OUTSIDE) for value in values for node in own(value)):
        return False
    if any(mentions(value, child) for value in values):
        return False
    tree.set("where", None)
    if not answer(tree, family.values(child, parent, missing=True), child):
        return False
    row = exp.Subquery(
        this=exp.select("1"), alias=exp.TableAlias(this=exp.to_identifier(free_alias(root, "one")))
    )
    pairs = zip(family.key.referenced, values, strict=True)
    found = exp.and_(*(exp.EQ(this=column(parent, name), expression=value) for name, value in pairs))
    tree.set("from_", exp.From(this=row))
    tree.set("joins", [exp.Join(this=as_source(family.parent.name, parent), side="LEFT", on=found)])
    return True


def _read_each(tree: exp.Select, child: str, parent: str, family: Family) -> bool:
    """The groups are the parents that have children; children without a parent would be one more."""
    key, there = family.key, family.exist(parent)
    if there is None or not has_only(tree, *_PARTS, "group") or not is_grouped_by_key(tree, child, family):
        return False
    if not all(family.child.by_name[name].not_null or _is_given(tree, child, name) for name in key.columns):
        return False
    tree.set("group", None)
    rename_columns([tree], child, parent, dict(zip(key.columns, key.referenced, strict=True)))
    tree.set("from_", exp.From(this=as_source(family.parent.name, parent)))
    add_condition(tree, there)
    return answer(tree, family.values(child, parent), child) and not mentions(tree, child)


def _is_given(tree: exp.Select, child: str, name: str) -> bool:
    """True where a condition leaves rows without a parent out."""
    for condition in conditions_of(tree):
        tested = condition.this.unnest() if isinstance(condition, exp.Not) else None
        if isinstance(condition, exp.In | exp.EQ):
            subject = condition.this.unnest()
        elif isinstance(tested, exp.Is) and isinstance(tested.expression, exp.Null):
            subject = tested.this.unnest()
        else:
            continue
        if is_column(subject, child, name):
            return True
    return False
