"""A parent joined with its children, and grouped by itself: without them there is nothing to group."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select, drop_condition
from optimizer.engines.postgres.rewriting.terms import at_least_one, become
from optimizer.engines.postgres.rewriting.totalling.answered import add_condition, answer, mentions
from optimizer.engines.postgres.rewriting.totalling.family import Family
from optimizer.engines.postgres.rewriting.totalling.trees import (
    has_only,
    is_all_of,
    rename_columns,
    source_nodes,
)
from optimizer.model.schema import Schema

_PARTS = (
    *("with_", "expressions", "from_", "joins", "where", "group"),
    *("having", "order", "limit", "offset", "distinct"),
)


def read_grouped(query: exp.Query, family: Family, schema: Schema) -> bool:
    """Take the children and the grouping away from every such SELECT, and read totals."""
    changed = False
    for tree in list(query.find_all(exp.Select)):
        group = tree.args.get("group")
        if group is not None and has_only(group, "expressions") and has_only(tree, *_PARTS):
            new = _without_children(tree, family, schema)
            if new is not None:
                become(tree, new)
                changed = True
    return changed


def _without_children(tree: exp.Select, family: Family, schema: Schema) -> exp.Select | None:
    select = Select(tree, schema)
    if not select.is_plain or len(select.tables) != len(source_nodes(tree)):
        return None
    for child in select.tables.values():
        for parent in select.tables.values():
            if child is not parent and _is_pair(child, parent, family, select):
                copy = Select(tree.copy(), schema)
                ends = (copy.tables[child.alias], copy.tables[parent.alias])
                if _take_away(copy, *ends, family):
                    return copy.tree
    return None


def _is_pair(child: Joined, parent: Joined, family: Family, select: Select) -> bool:
    nodes = {node.alias_or_name: node for node in source_nodes(select.tree)}
    if not is_all_of(nodes[child.alias], family.child, select.schema) or parent.left:
        return False
    links = None
    if parent.table.name == family.parent.name:
        links = select.links(child, family.key, parent)
    if links is None or (child.left and len(select.conditions(child)) != len(links)):
        return False
    return _is_single(select, child, parent) and _is_grouped_by(select, child, parent, family)


def _is_single(select: Select, child: Joined, parent: Joined) -> bool:
    """True where each of the other sources has one row at most for a parent."""
    found = {parent.alias}
    rest = set(select.tables) - {parent.alias, child.alias}
    while rest:
        new = {alias for alias in rest if _is_parent_of(select, select.tables[alias], found)}
        if not new:
            return False
        found, rest = found | new, rest - new
    return True


def _is_parent_of(select: Select, source: Joined, found: set[str]) -> bool:
    return any(
        key.target == source.table.name and select.links(select.tables[alias], key, source) is not None
        for alias in found
        for key in select.tables[alias].table.foreign_keys
    )


def _is_grouped_by(select: Select, child: Joined, parent: Joined, family: Family) -> bool:
    """True where each group is of one parent."""
    stands_in = {} if child.left else dict(zip(family.key.columns, family.key.referenced, strict=True))
    named = set()
    for term in select.tree.args["group"].expressions:
        if isinstance(term, exp.Column) and term.table == parent.alias:
            named.add(term.name)
        elif isinstance(term, exp.Column) and term.table == child.alias:
            named.add(stands_in.get(term.name, ""))
    return any(
        key.columns
        and not key.where
        and named.issuperset(key.columns)
        and all(parent.table.by_name[name].not_null for name in key.columns)
        for key in parent.table.keys
    )


def _take_away(select: Select, child: Joined, parent: Joined, family: Family) -> bool:
    """Change the copy of a SELECT; False where it asks for more than the totals tell."""
    tree = select.tree
    for link in select.links(child, family.key, parent) or ():
        drop_condition(link)
    outgoing = child if child.join is not None else parent
    rest = outgoing.join.args.get("on") if outgoing.join is not None else None
    if child.join is None and parent.join is not None:
        tree.args["from_"].set("this", parent.join.this)
    if outgoing.join is not None:
        outgoing.join.pop()
    names = dict(zip(family.key.columns, family.key.referenced, strict=True))
    tree.set("group", None)
    if not child.left:
        there = family.exist(parent.alias)
        if there is None:
            return False
        if rest is not None and rest != exp.true():
            add_condition(tree, rest)
        add_condition(tree, there)
        if family.is_exact:
            rename_columns([tree], child.alias, parent.alias, names)

    def value(aggregate: exp.Expr) -> exp.Expr | None:
        total = family.value(aggregate, child.alias, parent.alias)
        counts_rows = isinstance(aggregate, exp.Count) and not isinstance(aggregate.this, exp.Column)
        return at_least_one(total) if total is not None and child.left and counts_rows else total

    known = answer(tree, value, child.alias) and not mentions(tree, child.alias)
    return known and _is_in_order(tree, parent.alias)


def _is_in_order(tree: exp.Select, parent: str) -> bool:
    """True where no join names the parent before it is there."""
    if tree.args["from_"].this.alias_or_name == parent:
        return True
    for join in tree.args.get("joins") or ():
        if join.this.alias_or_name == parent:
            return True
        if mentions(join, parent):
            return False
    return True
