"""The order in which a block's units are joined, sorted and cut.

A sort stands as early as its columns are there, so that an index may give it; LIMIT as soon as nothing that
follows changes the number of rows; what can't change it comes after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Source, columns_of
from optimizer.engines.mongo.compile.choosing import bound
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.opening import Stage
from optimizer.engines.mongo.compile.ordering import (
    Limits,
    Term,
    can_split,
    sort_keys,
    sorted_by,
    split,
)
from optimizer.engines.mongo.compile.output import tidied
from optimizer.engines.mongo.compile.relatives import attach_first_few
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.subqueries import filter_at_hand, filter_by_subqueries, with_results
from optimizer.engines.mongo.compile.units import Unit, followed


class Joins:
    """Joins the units of a flow, `first` being the one to start from.

    `limits` is None where grouping follows: then nothing is sorted or cut here, and all units are joined.
    """

    def __init__(
        self, flow: Flow, units: Sequence[Unit], first: Unit, terms: Sequence[Term], limits: Limits | None
    ) -> None:
        self.flow = flow
        self.first = first
        self.left = [unit for unit in units if unit is not first]
        self.terms = list(terms)
        self.limits = limits
        self.sorted = limits is None or not terms

    def begin(self, outer: Scope) -> None:
        """Open the first unit, sorted if an index of its collection can give the order."""
        self.flow.begin(self.first, outer)
        filter_at_hand(self.flow)
        self.flow.stages = list(tidied(self.flow.stages))
        arrays = {part.source.alias for part in self.first.parts if part.many or part.keys}
        if not self.sorted and self._can_sort(without=arrays):
            self._sort_first()
        self.flow.unwind()

    def join_all(self) -> None:
        """Join what changes the number of rows (or everything, where grouping follows)."""
        filter_by_subqueries(self.flow)
        while (unit := self._next()) is not None:
            self.left.remove(unit)
            self._join(unit)
        if not self.sorted:
            self._sort_late()

    def finish(self) -> None:
        """Cut, then join what changes nothing any more."""
        if self.limits is not None:
            self.flow.stages += self.limits.stages()
        while self.left:
            unit = next((u for u in self.left if self._is_reachable(u)), self.left[0])
            self.left.remove(unit)
            self.flow.attach(unit)
        if self.flow.pending:
            raise NotCompiled(self.flow.pending[0], "this condition can't be placed")

    def _next(self) -> Unit | None:
        """The unit to join next: first those that drop rows, along equalities, before those that add."""
        open_ones = [u for u in self.left if self._is_reachable(u)]
        if self.limits is not None and self.limits.reach is not None:
            open_ones = [u for u in open_ones if not self._keeps(u) or self._is_needed(u)]
        inner = [u for u in open_ones if not u.left] or open_ones
        return min(inner, key=self._rank) if inner else None

    def _rank(self, unit: Unit) -> tuple[int, bool, bool, int]:
        across = [c for c in self.flow.conditions_for(unit) if self._reaches(c, unit)]
        linked = any(isinstance(c, exp.EQ) for c in across)
        order = 0 if linked else 1 if across else 2
        return order, not self._is_single(unit), self._keeps(unit), self.left.index(unit)

    def _reaches(self, condition: exp.Expr, unit: Unit) -> bool:
        """True where a condition is about the unit and what is joined already."""
        return bool(self.flow.block.aliases(condition) - set(unit.aliases))

    def _is_reachable(self, unit: Unit) -> bool:
        """True where all that a unit's join mentions is there."""
        others = {alias for u in self.left if u is not unit for alias in u.aliases}
        trees = self._own_trees(unit)
        waiting = {alias for tree in trees for alias in self.flow.block.aliases(tree)} & others
        return not waiting if unit.left or unit.query is not None else True

    def _own_trees(self, unit: Unit) -> list[exp.Expr]:
        own = self.flow.conditions_for(unit) if unit.left else []
        return [*own, *([unit.query] if unit.query is not None else [])]

    def _is_needed(self, unit: Unit) -> bool:
        """True where conditions that are left, or the order that is to come, need the unit's columns."""
        trees = [c for c in self.flow.pending if id(c) not in unit.links]
        trees = [c for c in trees if c not in self.flow.conditions_for(unit)]
        if not self.sorted:
            trees += [term.tree for term in self.terms]
        others = [tree for u in self.left if u is not unit for tree in self._joining(u)]
        return any(c.table in unit.aliases for tree in (*trees, *others) for c in columns_of(tree))

    def _joining(self, unit: Unit) -> list[exp.Expr]:
        """What joins a unit that itself changes the number of rows."""
        if self._keeps(unit):
            return []
        return [*(self.flow.conditions_for(unit) if unit.left else []), *([unit.query] if unit.query else [])]

    def _keeps(self, unit: Unit) -> bool:
        """True where joining the unit leaves each row, once."""
        if not self._is_single(unit):
            return False
        if unit.left:
            return True
        source = unit.owner
        if source is None or unit.parts or any(c.guard for c in unit.copied):
            return False
        conditions = self.flow.conditions_for(unit)
        every = [c for c in self.flow.block.conditions if source.alias in self.flow.block.aliases(c)]
        return len(every) == len(conditions) + len(self._own_links(unit, every)) and any(
            self._always_finds(child, source, conditions) for child in self.flow.block.sources
        )

    def _own_links(self, unit: Unit, conditions: Sequence[exp.Expr]) -> list[exp.Expr]:
        return [c for c in conditions if id(c) in unit.links]

    def _always_finds(self, child: Source, parent: Source, conditions: Sequence[exp.Expr]) -> bool:
        if (
            child.table is None
            or child.alias not in self.flow.placed | self._kept()
            or child.alias in self.flow.loose
        ):
            return False
        met = followed(conditions, child, parent)
        if met is None or len(met[1]) < len(conditions):
            return False
        return all(child.table.by_name[name].not_null for name in met[0].columns)

    def _kept(self) -> set[str]:
        return {alias for unit in self.left for alias in unit.aliases if not unit.left}

    def _is_single(self, unit: Unit) -> bool:
        """True where at most one of the unit's documents joins a row."""
        source = unit.owner
        if source is None or source.table is None or any(part.many for part in unit.parts):
            return False
        conditions = self.flow.conditions_for(unit)
        names = frozenset(n for c in conditions for n in bound(c, source.alias, unit.aliases))
        return source.table.is_unique(names)

    def _join(self, unit: Unit) -> None:
        if attach_first_few(self.flow, unit):
            return
        last: list[Stage] = []
        if self._ends_here(unit):
            last = self._cut_within(unit)
        self.flow.attach(unit, last)
        filter_by_subqueries(self.flow)

    def _ends_here(self, unit: Unit) -> bool:
        """True where the order is the unit's own and no row is dropped after it: each lookup can be cut."""
        if (
            self.sorted
            or unit.left
            or self.limits is None
            or self.limits.reach is None
            or unit.query is not None
        ):
            return False
        own = set(unit.aliases)
        if any(
            not self.flow.block.aliases(term.tree) <= own or term.tree.find(exp.Query) for term in self.terms
        ):
            return False
        met = {id(c) for c in self.flow.conditions_for(unit)} | unit.links
        rest = [c for c in self.flow.pending if id(c) not in met]
        return not rest and not self._is_single(unit) and all(self._keeps(u) for u in self.left)

    def _cut_within(self, unit: Unit) -> list[Stage]:
        scope = Scope(unit.fields(self.flow.layout))
        taken: set[str] = set(self.flow.taken)
        keys = sort_keys(self.terms, scope, taken)
        limit: list[Stage] = [{"$limit": self.limits.reach}] if self.limits is not None else []
        return [*sorted_by(keys, taken), *limit]

    def _can_sort(self, without: set[str]) -> bool:
        there = self.flow.placed - without
        return all(
            not term.tree.find(exp.Query) and self.flow.block.aliases(term.tree) <= there
            for term in self.terms
        )

    def _sort_first(self) -> None:
        """Sort what the first unit's filter found."""
        flow, keys = self.flow, self.flow.sort_keys(self.terms)
        limit = self.limits.reach if self.limits is not None else None
        if limit is not None and can_split(keys) and self._is_top():
            last = not flow.rest and not flow.pending and all(self._keeps(u) for u in self.left)
            flow.stages = split(flow.collection, flow.stages, keys, limit if last else None)
        else:
            flow.stages += sorted_by(keys, flow.taken)
        self.sorted = True

    def _is_top(self) -> bool:
        """True where the stages are a plain filter of a collection, and none of another's lookup."""
        flow = self.flow
        filters = [stage.get("$match") for stage in flow.stages]
        plain = all(f is not None and "$text" not in f for f in filters)
        return plain and flow.link is None and not flow.let

    def _sort_late(self) -> None:
        """Sort when everything that it needs is joined, subqueries included."""
        trees = [with_results(self.flow, term.tree) for term in self.terms]
        terms = [replace(term, tree=tree) for term, tree in zip(self.terms, trees, strict=True)]
        self.flow.stages += sorted_by(self.flow.sort_keys(terms), self.flow.taken)
        self.sorted = True
