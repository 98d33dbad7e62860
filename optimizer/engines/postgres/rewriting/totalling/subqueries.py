"""A subquery over the children of a row around it: a value, EXISTS, or IN."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select
from optimizer.engines.postgres.rewriting.terms import is_column, is_value, or_zero
from optimizer.engines.postgres.rewriting.totalling.answered import aggregates, answered
from optimizer.engines.postgres.rewriting.totalling.family import Family
from optimizer.engines.postgres.rewriting.totalling.trees import (
    around,
    has_only,
    lone_child,
    may_be_missing,
    may_show,
    parent_of,
    put,
)
from optimizer.model.schema import Schema


def read_subqueries(query: exp.Query, family: Family, schema: Schema) -> bool:
    """Read totals instead of every such subquery."""
    changed = False
    for tree in list(query.find_all(exp.Select)):
        child = lone_child(tree, family, schema)
        if child is not None and has_only(tree, "expressions", "from_", "where"):
            changed = _read(tree, child, family, schema) or changed
    return changed


def _read(tree: exp.Select, child: str, family: Family, schema: Schema) -> bool:
    place = tree.parent
    if isinstance(place, exp.Subquery) and isinstance(place.parent, exp.In):
        return _read_membership(tree, child, place.parent, family, schema)
    found = parent_of(tree, child, family, list(around(tree, schema)))
    if found is None or place is None or not may_show(*found, place):
        return False
    if isinstance(place, exp.Exists):
        return _read_existence(tree, place, found, family)
    if isinstance(place, exp.Subquery) and has_only(place, "this", "alias") and is_value(place):
        return _read_value(tree, child, place, found, family)
    return False


def _read_value(
    tree: exp.Select, child: str, place: exp.Subquery, found: tuple[Select, Joined], family: Family
) -> bool:
    if not any(aggregates(tree.expressions[0])):
        return False
    value = family.values(child, found[1].alias, missing=may_be_missing(*found))
    result = answered(tree.expressions[0].unalias(), value, child)
    if result is None:
        return False
    put(place, result)
    return True


def _read_existence(
    tree: exp.Select, place: exp.Exists, found: tuple[Select, Joined], family: Family
) -> bool:
    """A SELECT that puts rows together always gives one: that isn't asked for."""
    select, parent = found
    if any(any(aggregates(one)) for one in tree.expressions):
        return False
    return _put_existence(place, family, parent.alias, may_be_missing(select, parent))


def _read_membership(tree: exp.Select, child: str, place: exp.In, family: Family, schema: Schema) -> bool:
    """`p.id IN (SELECT c.parent_id FROM child c)`, where neither is ever null."""
    outer, key = place.this.unnest(), family.key
    if tree.args.get("where") or len(key.columns) != 1 or not isinstance(outer, exp.Column):
        return False
    if not is_column(tree.expressions[0].unalias(), child, key.columns[0]):
        return False
    select = next(around(place, schema))
    parent = select.tables.get(outer.table)
    if parent is None or parent.table.name != family.parent.name or outer.name != key.referenced[0]:
        return False
    nullable = not (
        family.child.by_name[key.columns[0]].not_null and parent.table.by_name[outer.name].not_null
    )
    if nullable or may_be_missing(select, parent) or not may_show(select, parent, place):
        return False
    return _put_existence(place, family, parent.alias, missing=False)


def _put_existence(place: exp.Expr, family: Family, parent: str, missing: bool) -> bool:
    there = family.exist(parent)
    if there is None:
        return False
    if missing and isinstance(there, exp.GT):
        there.set("this", or_zero(there.this))
    around_it = place.parent
    if isinstance(around_it, exp.Not):
        place, there = around_it, _negated(there)
    place.replace(there if isinstance(place.parent, exp.Where | exp.And) else exp.Paren(this=there))
    return True


def _negated(there: exp.Expr) -> exp.Expr:
    if isinstance(there, exp.GT):
        return exp.EQ(this=there.this, expression=there.expression)
    found: exp.Expr = there.this
    return found
