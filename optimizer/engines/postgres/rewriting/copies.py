"""A join that copied columns answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.engines.postgres.rewriting.copies_nested import read_nested
from optimizer.engines.postgres.rewriting.interchange import stand_ins
from optimizer.engines.postgres.rewriting.selects import (
    Joined,
    Select,
    drop_condition,
    selects,
)
from optimizer.engines.postgres.rewriting.terms import column, is_column, is_present
from optimizer.engines.postgres.rewriting.tidying import tidy
from optimizer.engines.postgres.structures.copies import copied_columns
from optimizer.model.denormalisation import ExtendedReference
from optimizer.model.schema import ForeignKey, Schema
from optimizer.queries.grouped import never_null


def read_copies(query: exp.Query, structure: ExtendedReference, schema: Schema) -> bool:
    """Read the copies instead of the parent, in every SELECT.

    The foreign key proves that a child with a key has one parent. Where nothing but copies and the key is
    asked of the parent, its join goes: where that is an inner one, children without a key are left out by a
    condition, unless the key is NOT NULL. Where more is asked, the join stays, and what is filtered and
    ordered by is read from the child.
    """
    changed = read_nested(query, structure, schema)
    for select in selects(query, schema):
        while any(_leave_out(pair) for pair in _pairs(Select(select.tree, schema), structure)):
            changed = True
        for pair in _pairs(Select(select.tree, schema), structure):
            changed = _read_from_child(pair) or changed
    return changed


@dataclass(frozen=True, eq=False)
class _Pair:
    """A child and its parent in a SELECT whose every row has the child's own parent, or has none of it
    because there is none."""

    select: Select
    structure: ExtendedReference
    child: Joined
    parent: Joined
    links: tuple[exp.Expr, ...]

    @property
    def tree(self) -> exp.Select:
        return self.select.tree

    @property
    def key(self) -> ForeignKey:
        return self.child.table.foreign_key(self.structure.key)

    @property
    def copies(self) -> Mapping[str, str]:
        """The parent's columns that are copied, and the child's that hold them."""
        return copied_columns(self.structure)

    @cached_property
    def uses(self) -> list[exp.Column] | None:
        """Where the parent's columns are used, but for the join; None where that can't be told."""
        joining = {id(one) for link in self.links for one in link.find_all(exp.Column)}
        try:
            return [use for use in self.select.columns(self.parent.alias) if id(use) not in joining]
        except ValueError:
            return None


def _pairs(select: Select, structure: ExtendedReference) -> Iterator[_Pair]:
    if not select.is_plain:
        return
    for child in select.tables.values():
        for parent in select.tables.values():
            named = (child.table.name, parent.table.name) == (structure.table, structure.parent)
            if named and child is not parent and not parent.table.row_security:
                links = _links(select, structure, child, parent)
                if links is not None:
                    yield _Pair(select, structure, child, parent, links)


def _links(
    select: Select, structure: ExtendedReference, child: Joined, parent: Joined
) -> tuple[exp.Expr, ...] | None:
    """What joins a parent to its child: by an outer join that has no other condition, or by an inner one."""
    conditions = select.conditions(parent)
    links = select.linking(child, child.table.foreign_key(structure.key), parent, conditions)
    if links is None or (parent.left and len(conditions) != len(links)):
        return None
    if child.left and not parent.left and parent.place < child.place:
        return None
    return links


def _leave_out(pair: _Pair) -> bool:
    """Take the parent out of the SELECT, where the child has all that is asked of it."""
    known = dict(stand_ins(pair.structure, pair.select.schema, outer=pair.parent.left))
    uses = pair.uses
    if uses is None or pair.select.is_read_whole(pair.parent.alias):
        return False
    if any(use.name not in known or pair.select.is_hidden(pair.child.alias, use) for use in uses):
        return False
    read = [_read(use, pair.child.alias, known[use.name]) for use in uses]
    for link in pair.links:
        drop_condition(link)
    _take_out(pair)
    if not pair.parent.left:
        _require_parent(pair)
    _group_by(pair, read)
    tidy(pair.tree)
    return True


def _read(use: exp.Column, alias: str, name: str) -> exp.Column:
    found = column(alias, name)
    use.replace(found)
    return found


def _take_out(pair: _Pair) -> None:
    """The parent's source goes; a child that stood behind it takes its place, so that sources in between
    still find what they refer to."""
    moves = pair.parent.place < pair.child.place
    gone = pair.child.join if moves else pair.parent.join
    if moves:
        pair.parent.node.replace(pair.child.node.copy())
    if gone is not None:
        rest = gone.args.get("on")
        gone.pop()
        if rest is not None and rest != exp.true():
            pair.tree.where(rest, copy=False)


def _require_parent(pair: _Pair) -> None:
    """Leave out the children without a parent, unless a condition does that already."""
    table, alias = pair.child.table, pair.child.alias
    wanted = [name for name in pair.key.columns if not table.by_name[name].not_null]
    if pair.child.left and not wanted:
        wanted = [pair.key.columns[0]]
    known = frozenset(never_null(Select(pair.tree, pair.select.schema).certain, alias))
    if not known.isdisjoint(pair.copies.values()):
        return
    for name in wanted:
        if name not in known:
            pair.tree.where(is_present(column(alias, name)), copy=False)


def _group_by(pair: _Pair, read: list[exp.Column]) -> None:
    """GROUP BY a parent's key allows its other columns; the child's doesn't: they are grouped by, too."""
    group = pair.tree.args.get("group")
    if group is None or not all(_is_in(group, pair.child.alias, key) for key in pair.key.columns):
        return
    for one in read:
        inside = isinstance(_clause(pair.tree, one), exp.Where | exp.From | exp.Join | exp.Group)
        if not inside and not _is_in(group, one.table, one.name):
            group.append("expressions", one.copy())


def _is_in(group: exp.Group, alias: str, name: str) -> bool:
    return any(is_column(term, alias, name) for term in group.expressions)


def _clause(tree: exp.Select, node: exp.Expr) -> exp.Expr:
    """The part of a SELECT that a node stands in: an output, a JOIN, WHERE ..."""
    while node.parent is not None and node.parent is not tree:
        node = node.parent
    return node


def _read_from_child(pair: _Pair) -> bool:
    """Filter and order by the copies of a parent that other columns are needed of, too."""
    copies = pair.copies
    uses = [
        use
        for use in pair.uses or ()
        if use.name in copies and _reaches(pair, use) and not pair.select.is_hidden(pair.child.alias, use)
    ]
    if any(pair.tree.args.get(part) for part in ("group", "having")) or _aggregates(pair.tree):
        uses = [use for use in uses if _is_filter(pair, use)]
    elif not any(_is_filter(pair, use) or _is_order(pair, use) for use in uses):
        return False
    for use in uses:
        _read(use, pair.child.alias, copies[use.name])
    return bool(uses)


def _aggregates(tree: exp.Select) -> bool:
    return any(chosen.find(exp.AggFunc) for chosen in tree.expressions)


def _is_filter(pair: _Pair, use: exp.Column) -> bool:
    """True within WHERE, or within the ON of an inner join."""
    clause = _clause(pair.tree, use)
    return isinstance(clause, exp.Where) or (isinstance(clause, exp.Join) and not clause.side)


def _is_order(pair: _Pair, use: exp.Column) -> bool:
    """True within ORDER BY, and for an output that is ordered by under its name."""
    order = pair.tree.args.get("order")
    if order is None:
        return False
    if _clause(pair.tree, use) is order:
        return True
    names = {term.name for term in order.find_all(exp.Column) if not term.table}
    return isinstance(use.parent, exp.Alias) and use.parent.parent is pair.tree and use.parent.alias in names


def _reaches(pair: _Pair, use: exp.Column) -> bool:
    """True where the child can be seen: not in what stands before it in FROM."""
    clause = _clause(pair.tree, use)
    if not isinstance(clause, exp.Join):
        return not isinstance(clause, exp.From)
    place = 1 + next(n for n, join in enumerate(pair.tree.args["joins"]) if join is clause)
    return place >= pair.child.place
