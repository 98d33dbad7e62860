"""Parents that are looked up after `$group`, once a group and not once a row.

A parent is decided by its child's foreign key: where rows are grouped by the parent's key, grouping by the
child's is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Source, columns_of
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.units import Unit, followed


@dataclass(frozen=True)
class Delayed:
    """A parent to look up later; `same` are its key's columns, each with the child's that equals it."""

    unit: Unit
    child: str
    same: tuple[tuple[exp.Column, exp.Column], ...]
    conditions: tuple[exp.Expr, ...]
    keeps: bool  # it drops no group: the key always finds a parent, and nothing else is asked of it


def delayed_of(
    flow: Flow, units: Sequence[Unit], first: Unit, keys: Sequence[exp.Expr], inside: Iterable[exp.Expr]
) -> tuple[Delayed, ...]:
    """The units that may come after the group; `inside` are the arguments of aggregates."""
    early = {c.table for tree in inside for c in columns_of(tree)}
    found = []
    for unit in units:
        one = None if unit is first else _delayed(flow, unit, keys)
        if one is not None and not early & set(unit.aliases):
            found.append(one)
    own = {alias for one in found for alias in one.unit.aliases}
    return tuple(one for one in found if one.child not in own)


def child_keys(keys: Sequence[exp.Expr], delayed: Sequence[Delayed]) -> list[exp.Expr]:
    """The keys to group by: the child's in the place of the parent's, without what these decide."""
    made: dict[exp.Expr, None] = {}
    for key in keys:
        parents = [one for one in delayed if {c.table for c in columns_of(key)} & set(one.unit.aliases)]
        for one in parents:
            made.update(dict.fromkeys(child for _, child in one.same))
        if not parents:
            made[key] = None
    return list(made)


def without(flow: Flow, delayed: Sequence[Delayed]) -> None:
    """Put the conditions of these units aside."""
    ids = {id(c) for one in delayed for c in one.conditions}
    flow.pending = [c for c in flow.pending if id(c) not in ids]


def look_up(flow: Flow, one: Delayed) -> None:
    """Join a parent to the groups."""
    columns = ((child.name, flow.known[child]) for _, child in one.same)
    known = {name: flow.scope.field(column) for name, column in columns if isinstance(column, exp.Column)}
    flow.scope = flow.scope.with_source(one.child, known)
    flow.pending += one.conditions if not one.unit.left else ()
    flow.attach(one.unit)


def _delayed(flow: Flow, unit: Unit, keys: Sequence[exp.Expr]) -> Delayed | None:
    parent = unit.owner
    if parent is None or parent.table is None or unit.parts or unit.copied or unit.query is not None:
        return None
    every = parent.on if parent.left else flow.block.conditions
    conditions = tuple(c for c in every if parent.alias in flow.block.aliases(c))
    for child in (s for s in flow.block.sources if s.table is not None):
        met = followed(conditions, child, parent)
        if met is None or not _is_free(flow, parent, conditions, child):
            continue
        pairs = zip(met[0].referenced, met[0].columns, strict=True)
        same = tuple((_column(parent, other), _column(child, own)) for other, own in pairs)
        if all(one in keys or other in keys for one, other in same) and _is_apart(keys, parent):
            sure = child.table is not None and all(child.table.by_name[n].not_null for n in met[0].columns)
            alone = len(conditions) == len(met[1])
            keeps = parent.left or (sure and alone and not child.left)
            return Delayed(unit, child.alias, same, conditions, keeps)
    return None


def _is_free(flow: Flow, parent: Source, conditions: Sequence[exp.Expr], child: Source) -> bool:
    """True where the parent's conditions are about itself and that child's key, and nothing else needs it."""
    if any(c.find(exp.Query) for c in conditions):
        return False
    links = followed(conditions, child, parent)
    ids = {id(link) for link in links[1]} if links else set()
    others = [c for c in conditions if id(c) not in ids and flow.block.aliases(c) != {parent.alias}]
    elsewhere = [s for s in flow.block.sources if s.alias != parent.alias]
    needed = any(parent.alias in flow.block.aliases(tree) for s in elsewhere for tree in (*s.on, *_query(s)))
    return not others and not needed


def _query(source: Source) -> list[exp.Expr]:
    return [source.query] if source.query is not None else []


def _is_apart(keys: Sequence[exp.Expr], parent: Source) -> bool:
    """True where each key is about the parent alone, or not about it at all."""
    tables = [{c.table for c in columns_of(key)} for key in keys]
    return all(parent.alias not in found or found == {parent.alias} for found in tables)


def _column(source: Source, name: str) -> exp.Column:
    return exp.column(name, table=source.alias)
