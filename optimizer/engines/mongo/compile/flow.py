"""A pipeline as it grows: what it has joined so far, where columns are in its documents, what is still to be
filtered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import Block, Context, columns_of
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import nullable, type_of
from optimizer.engines.mongo.compile.opening import (
    Link,
    Stage,
    is_about_elements,
    link_of,
    match,
    not_null,
    open_unit,
    outer_variables,
)
from optimizer.engines.mongo.compile.ordering import SortKey, Term, fresh, sort_keys
from optimizer.engines.mongo.compile.pushing import pushed
from optimizer.engines.mongo.compile.rows import Rows
from optimizer.engines.mongo.compile.scope import Field, Scope, at, optional
from optimizer.engines.mongo.compile.strictness import strict_columns
from optimizer.engines.mongo.compile.units import Unit

SET = "#"
"""The source of what was computed into a field: not a name that SQL can give."""


CompileQuery = Callable[[exp.Query, Context, Scope], Rows]
"""Compiles a query with the outer scope that it may be correlated with."""


class Flow:
    """The pipeline of one block.

    `scope` says where columns are now; `pending` are the conditions that weren't matched yet; `loose` are the
    sources whose fields may be missing (not null) because nothing joined them; `known` are expressions that
    were computed into fields, with the columns that stand for them, `names` what expressions are called;
    `prefixes` say where the documents of sources with a collection of their own are, `changed` which arrays
    don't hold all that they held: they were unwound or filtered.
    """

    def __init__(self, block: Block, context: Context, compile_query: CompileQuery) -> None:
        self.block = block
        self.context = context
        self.compile_query = compile_query
        self.collection = ""
        self.stages: list[Stage] = []
        self.scope = Scope()
        self.placed: set[str] = set()
        self.pending: list[exp.Expr] = list(block.conditions)
        self.loose: set[str] = set()
        self.taken: set[str] = set()
        self.link: Link | None = None
        self.let: dict[str, str] = {}
        self.rest: list[Stage] = []
        self.arrays: set[str] = set()
        self.prefixes: dict[str, str] = {}
        self.changed: set[str] = set()
        self.known: dict[exp.Expr, exp.Expr] = {}
        self.names: dict[exp.Expr, str] = {}

    @property
    def layout(self) -> Layout:
        return self.context.layout

    def begin(self, unit: Unit, outer: Scope) -> None:
        """Start at a unit: its filter is put into the stages, what unwinds its arrays into `rest`."""
        own = [
            c
            for c in self.pending
            if self.block.aliases(c) <= set(unit.aliases)
            and id(c) not in unit.links
            and not c.find(exp.Query)
        ]
        if unit.query is not None:
            rows = self._derived(unit, own, outer)
            let, variables = outer_variables(self._trees(()), self.block.by_alias, outer)
            self.collection, self.link, self.let = rows.collection, rows.link, {**let, **rows.let}
            self.stages = list(rows.stages)
            if rows.empty is not None:
                self.stages += [{"$unionWith": {"pipeline": [{"$documents": [rows.nothing]}]}}, {"$limit": 1}]
            self.scope = variables.with_source(unit.aliases[0], rows.fields)
            self.taken = {f.path.split(".")[0] for f in rows.fields.values()}
        else:
            fields = unit.fields(self.layout)
            self.link = link_of(unit, own, outer, fields)
            kept = self._without_link(own, unit, self.link, fields, outer)
            met = [c for c in own if not any(c is one for one in kept)]
            self.let, variables = outer_variables(self._trees(met), self.block.by_alias, outer)
            self.scope = variables.merged(Scope(fields))
            opened = open_unit(unit, kept, self.scope, self.layout)
            self.collection = unit.collection
            self.stages, self.rest = opened.head, opened.rest
            self.arrays = {part.path for part in unit.parts}
            self.taken = top_names(self.layout, unit.collection)
        self._own(unit, "")
        self._place(unit, own)

    def unwind(self) -> None:
        """Make rows of the first unit's arrays."""
        self.stages += self.rest
        self.rest = []
        self.changed.update(self.arrays)

    def attach(self, unit: Unit, last: Sequence[Stage] = (), *, unwind: bool = True) -> str:
        """Join a unit by `$lookup`; the field that it is in. `last` ends the lookup's pipeline."""
        rows, own = self.joined(unit)
        name = fresh(unit.aliases[0], self.taken)
        self.stages.append(replace(rows, stages=(*rows.stages, *last)).lookup(name))
        if rows.empty is not None:
            self._always_one(unit, rows, own, name)
        elif unwind:
            kept = {"path": f"${name}", "preserveNullAndEmptyArrays": True}
            self.stages.append({"$unwind": kept if unit.left else f"${name}"})
        for alias, fields in self._fields(unit, rows, name).items():
            self.scope = self.scope.with_source(alias, optional(fields) if unit.left else fields)
        if unit.left:
            self.loose.update(unit.aliases)
        self._own(unit, name)
        self.changed.update(at(name, part.path) for part in unit.parts)
        self._place(unit, own)
        if unwind:
            self.match_ready()
        return name

    def _always_one(self, unit: Unit, rows: Rows, own: Sequence[exp.Expr], name: str) -> None:
        """The one row of an aggregate, which is there for nothing too."""
        if own:
            raise NotCompiled(own[0], "a condition on an aggregate in the ON of a left join")
        first = {"$ifNull": [{"$first": f"${name}"}, {"$literal": rows.nothing}]}
        self.stages.append({"$set": {name: first}})

    def joined(self, unit: Unit) -> tuple[Rows, list[exp.Expr]]:
        """A unit's rows as `$lookup` finds them for a document, and the conditions that are met by it."""
        own = self.conditions_for(unit)
        if unit.query is not None:
            rows = self.compile_query(unit.query, self.context, self.scope)
            if rows.empty is not None:
                return rows, own if unit.left else []
            return self._derived(unit, own, self.scope), own
        unit = unit.inner()
        fields = unit.fields(self.layout)
        link = link_of(unit, own, self.scope, fields)
        kept = self._without_link(own, unit, link, fields, self.scope)
        let, variables = outer_variables(kept, unit.aliases, self.scope)
        opened = open_unit(unit, kept, variables.merged(Scope(fields)), self.layout)
        stages = (*opened.head, *opened.rest)
        return Rows(unit.collection, stages, (), link, let), own

    def conditions_for(self, unit: Unit) -> list[exp.Expr]:
        """The conditions that a join with the unit meets by itself."""
        if unit.left:
            source = unit.owner or unit.parts[0].source
            return [c for c in source.on if id(c) not in unit.links]
        reach = {*self.placed, *unit.aliases}
        return [
            c
            for c in self.pending
            if id(c) not in unit.links
            and not c.find(exp.Query)
            and self.block.aliases(c) <= reach
            and self.block.aliases(c) & set(unit.aliases)
        ]

    def match_ready(self) -> None:
        """Match what conditions can be told by now; those with subqueries are left to who knows them."""
        ready = [c for c in self.pending if self.block.aliases(c) <= self.placed and not c.find(exp.Query)]
        self.stages += match(ready, self.scope)
        self.done(ready)

    def sort_keys(self, terms: Sequence[Term]) -> tuple[SortKey, ...]:
        """The sort keys of terms; what has to be computed for them is known from then on."""
        scope = self.scope
        keys = sort_keys(terms, scope, self.taken, self.names)
        for key in (key for key in keys if key.expression is not None and not key.stands_in):
            known = Field(key.path, type_of(key.tree, scope), nullable(key.tree, scope))
            self.known[key.tree] = self.named(key.path, known)
        return keys

    def computed(self, name: str, expression: Any, known: Field) -> exp.Column:
        """Set a field; the column that stands for it."""
        self.stages.append({"$set": {known.path: expression}})
        return self.named(name, known)

    def stand_ins(
        self, made: Mapping[exp.Expr, tuple[Any, Field]], wanted: str = ""
    ) -> dict[exp.Expr, exp.Expr]:
        """The columns that stand for aggregates: fields of the document as they are, others are set.

        `made` is as kept.counted has it; `wanted` is what a field that is set is called, empty: its own name.
        """
        columns: dict[exp.Expr, exp.Expr] = {}
        computed: dict[str, Any] = {}
        for node, (expression, known) in made.items():
            path = known.path
            if not path:
                call = node.this if isinstance(node, exp.Filter) else node
                path = fresh(wanted or self.names.get(node) or call.key, self.taken)
                computed[path] = expression
            columns[node] = self.named(path, replace(known, path=path))
        self.stages += [{"$set": computed}] if computed else []
        return columns

    def named(self, name: str, known: Field) -> exp.Column:
        """The column that stands for a field that is there."""
        self.scope = self.scope.with_source(SET, {**self.scope.sources.get(SET, {}), name: known})
        return exp.column(name, table=SET)

    def done(self, conditions: Iterable[exp.Expr]) -> None:
        """These conditions are matched: a column that one of them compares has a value from here on."""
        met = list(conditions)
        ids = {id(c) for c in met}
        self.pending = [c for c in self.pending if id(c) not in ids]
        for column in (column for c in met for column in strict_columns(c)):
            self.scope = self.scope.with_value(column)

    def _own(self, unit: Unit, prefix: str) -> None:
        self.loose.update(part.source.alias for part in unit.parts if part.source.left)
        self.loose.update(copied.source.alias for copied in unit.copied if copied.source.left)
        if unit.owner is not None and unit.owner.table is not None:
            self.prefixes[unit.owner.alias] = prefix

    def _place(self, unit: Unit, own: Sequence[exp.Expr]) -> None:
        self.placed.update(unit.aliases)
        self.pending = [c for c in self.pending if id(c) not in unit.links]
        self.done(own if not unit.left else ())

    def _fields(self, unit: Unit, rows: Rows, name: str) -> dict[str, dict[str, Field]]:
        if unit.query is None:
            return unit.fields(self.layout, name)
        moved = {n: replace(f, path=at(name, f.path)) for n, f in rows.fields.items()}
        return {unit.aliases[0]: moved}

    def _without_link(
        self,
        own: Sequence[exp.Expr],
        unit: Unit,
        link: Link | None,
        fields: Mapping[str, Mapping[str, Field]],
        outer: Scope,
    ) -> list[exp.Expr]:
        """The conditions but for the link's: it is met already, unless it is about an array's elements.

        `$lookup` finds null for null; where both may be null, the inner one must not be.
        """
        if link is None:
            return list(own)
        column = next(c for c in columns_of(link.condition) if c.table in fields)
        other = next(c for c in columns_of(link.condition) if c.table not in fields)
        if is_about_elements(link.condition, unit, Scope(fields)):
            return list(own)
        kept = [c for c in own if c is not link.condition]
        if fields[column.table][column.name].nullable and outer.field(other).nullable:
            kept.append(not_null(column.table, column.name))
        return kept

    def _derived(self, unit: Unit, own: Sequence[exp.Expr], outer: Scope) -> Rows:
        """A derived table's rows, with the conditions on it moved inside where they can be."""
        if unit.owner is None or unit.query is None:
            raise TypeError(unit.aliases)
        inside, outside = pushed(unit.query, unit.owner.alias, own)
        rows = self.compile_query(inside, self.context, outer)
        if not outside:
            return rows
        let, variables = outer_variables(outside, unit.aliases, outer)
        scope = variables.with_source(unit.owner.alias, rows.fields)
        stages = (*rows.stages, *match(outside, scope))
        return replace(rows, stages=stages, let={**rows.let, **let})

    def _trees(self, met: Iterable[exp.Expr]) -> list[exp.Expr]:
        """All expressions of the block but conditions that are met already."""
        ids = {id(c) for c in met}
        return [*self.block.clauses(), *(c for c in self.block.every_condition() if id(c) not in ids)]


def top_names(layout: Layout, collection: str) -> set[str]:
    """The fields at the top of a collection's documents."""
    table = next(t for t in layout.collections if str(t.name) == collection)
    columns = {layout.place(table.name, column.name).field for column in table.columns}
    arrays = {s.field for s in layout.embedded_in(table.name)} | {
        s.field for s in layout.subsets_in(table.name)
    }
    copies = {s.field for s in layout.copies_in(table.name)}
    counts = {s.field for s in layout.computed_in(table.name)}
    return {"_id", *(c.split(".")[0] for c in columns), *arrays, *copies, *counts}
