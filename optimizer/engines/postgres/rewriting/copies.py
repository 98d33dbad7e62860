"""A join that copied columns answer."""

from __future__ import annotations

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select, column, drop_condition, selects
from optimizer.engines.postgres.structures.copies import copied_column
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import ForeignKey, Schema


def read_copies(query: exp.Query, structure: ExtendedReference, schema: Schema) -> bool:
    """Read the copies instead of the parent, in every SELECT that asks for nothing else of it.

    The foreign key proves that a child with a key has one parent. Where the join is an inner one, children
    without a key are left out by a condition, unless the key is NOT NULL.
    """
    changed = False
    for select in selects(query, schema):
        for child in tuple(select.tables.values()):
            if child.table.name == structure.table:
                changed = _read(select, child, structure) or changed
    return changed


def _read(select: Select, child: Joined, structure: ExtendedReference) -> bool:
    key = child.table.foreign_key(structure.key)
    parent = _parent(select, child, key, structure)
    if parent is None or parent.join is None:
        return False
    links = select.links(child, key, parent)
    if links is None:
        return False
    for link in links:
        drop_condition(link)
    rest = parent.join.args.get("on")
    stands_in = {copied: copied_column(structure, copied) for copied in structure.columns}
    stands_in |= dict(zip(key.referenced, key.columns, strict=True))
    for use in list(select.columns(parent.alias)):
        use.replace(column(child.alias, stands_in[use.name]))
    parent.join.pop()
    if not parent.left:
        if rest is not None and rest != exp.true():
            select.tree.where(rest, copy=False)
        for name in key.columns:
            if not child.table.by_name[name].not_null:
                present = exp.Not(this=exp.Is(this=column(child.alias, name), expression=exp.null()))
                select.tree.where(present, copy=False)
    return True


def _parent(select: Select, child: Joined, key: ForeignKey, structure: ExtendedReference) -> Joined | None:
    """The parent's source, where nothing but copies and the key is asked of it."""
    if not select.is_plain:
        return None
    known = {*structure.columns, *key.referenced}
    for parent in select.tables.values():
        if parent.table.name != structure.parent or parent is child or parent.table.row_security:
            continue
        links = select.links(child, key, parent)
        if links is None or not _is_answered(select, child, parent, len(links)):
            continue
        try:
            if all(use.name in known for use in select.columns(parent.alias)):
                return parent
        except ValueError:
            continue
    return None


def _is_answered(select: Select, child: Joined, parent: Joined, links: int) -> bool:
    """True where the join gives each child its parent: an outer join by the key alone, or an inner one."""
    if parent.left:
        return len(select.conditions(parent)) == links
    return not child.left
