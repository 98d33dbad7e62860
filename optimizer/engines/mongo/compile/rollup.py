"""GROUP BY a parent's key over its children, without `$unwind` and `$group`.

The children are an array in the parent's document, or it keeps their counts and sums already. Children that
have to be looked up are unwound and grouped: `$lookup` into an array takes about two thirds of the time, but
fails where one parent's children exceed 16 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Block, Source, columns_of
from optimizer.engines.mongo.compile.elements import ELEMENT, Elements
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.kept import count_of, counted, family_along
from optimizer.engines.mongo.compile.scope import Field, Scope, row_fields
from optimizer.engines.mongo.compile.strictness import strict_columns
from optimizer.engines.mongo.compile.units import Part, Unit


@dataclass(frozen=True)
class Rollup:
    """A parent (the owner of `first`) with the children to aggregate: in an array of it, or in a unit."""

    first: Unit
    parent: Source
    child: Source
    part: Part | None = None
    unit: Unit | None = None


def rollup_of(
    block: Block, units: Sequence[Unit], first: Unit, keys: Sequence[exp.Expr], plain: Sequence[exp.Expr]
) -> Rollup | None:
    """The parent and its children where that is all there is; `plain` is read outside of aggregates."""
    parent = first.owner
    key = parent.table.primary_key if parent is not None and parent.table else None
    if parent is None or key is None or first.query is not None:
        return None
    if not all(exp.column(name, table=parent.alias) in keys for name in key.columns):
        return None
    own = {parent.alias, *(copied.source.alias for copied in first.copied if copied.of == parent.alias)}
    if any(
        c.table in block.by_alias and c.table not in own for tree in (*keys, *plain) for c in columns_of(tree)
    ):
        return None
    if any(c.find(exp.Query) and not block.aliases(c) <= own for c in block.conditions):
        return None
    arrays = [part for part in first.parts if part.many]
    if len(units) == 1 and len(first.parts) == len(arrays) == 1 and len(first.copied) == len(own) - 1:
        return Rollup(first, parent, arrays[0].source, part=arrays[0])
    others = [unit for unit in units if unit is not first]
    if len(others) != 1 or first.parts or others[0].parts or others[0].copied or others[0].query is not None:
        return None
    child = others[0].owner
    return Rollup(first, parent, child, unit=others[0]) if child is not None and child.table else None


def roll_up(flow: Flow, rollup: Rollup, outer: Scope, aggregates: Sequence[exp.Expr]) -> bool:
    """Put the rolled-up rows into the flow, which then knows the aggregates; False where they can't be."""
    flow.begin(rollup.first, outer)
    flow.rest = []
    if _from_counters(flow, rollup, aggregates):
        return not flow.pending
    elements = _elements(flow, rollup)
    if elements is None or flow.pending:
        return False
    made = elements.aggregates(aggregates)
    if made is None:
        return False
    flow.known |= flow.stand_ins(made)
    return True


def _elements(flow: Flow, rollup: Rollup) -> Elements | None:
    """The children as an array, those that conditions leave."""
    child, left = rollup.child, rollup.child.left
    if child.table is None or rollup.part is None:
        return None
    path, links = rollup.part.path, rollup.first.links
    conditions = child.on if left else flow.block.conditions
    met = [c for c in conditions if id(c) not in links and child.alias in flow.block.aliases(c)]
    fields = row_fields(flow.layout, child.table.name, f"$${ELEMENT}")
    scope = flow.scope.with_source(child.alias, fields)
    for column in (c for one in flow.block.conditions for c in strict_columns(one)):
        scope = scope.with_value(column) if column.table == child.alias else scope
    elements = Elements(path, child.alias, scope, tuple(met), left)
    if met:
        flow.changed.add(path)
        flow.stages.append({"$set": {path: elements.array}})
        elements = Elements(path, child.alias, elements.scope, (), left)
    if not left:
        flow.stages.append({"$match": {path: {"$ne": []}}})
    return elements


def _from_counters(flow: Flow, rollup: Rollup, aggregates: Sequence[exp.Expr]) -> bool:
    """The aggregates read off what the parent keeps of all its children."""
    child = rollup.child
    conditions = child.on if child.left else flow.block.conditions
    own = [c for c in conditions if child.alias in flow.block.aliases(c)]
    family = family_along(own, child, rollup.parent) if rollup.unit is not None else None
    if family is None:
        return False
    made = counted(flow.layout, family, aggregates)
    count = count_of(flow.layout, family)
    if made is None or (count is None and not child.left):
        return False
    if child.left:
        made = {node: _alone(node, one) for node, one in made.items()}
    else:
        flow.stages.append({"$match": {count: {"$gt": 0}}})
        ids = {id(link) for link in family.links}
        flow.pending = [c for c in flow.pending if id(c) not in ids]
    flow.known |= flow.stand_ins(made)
    return True


def _alone(node: exp.Expr, made: tuple[Any, Field]) -> tuple[Any, Field]:
    """Behind a left join a parent without children is one row."""
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return {"$max": [made[0], 1]}, Field("", made[1].type, nullable=False)
    return made
