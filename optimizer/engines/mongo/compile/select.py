"""SELECT to a pipeline: joins in a good order, then groups, sorts, limits and projects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import RECURSIVE, Context, columns_of, read_block, replaced
from optimizer.engines.mongo.compile.choosing import first_unit, first_units
from optimizer.engines.mongo.compile.delaying import Delayed, child_keys, delayed_of, look_up, without
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.expressions import constant
from optimizer.engines.mongo.compile.flow import Flow
from optimizer.engines.mongo.compile.grouping import Grouping, aggregates_of
from optimizer.engines.mongo.compile.joining import Joins
from optimizer.engines.mongo.compile.merging import joined, looked_up
from optimizer.engines.mongo.compile.opening import match
from optimizer.engines.mongo.compile.ordering import Limits, Term, limits_of, sorted_by, terms_of
from optimizer.engines.mongo.compile.output import as_operation, projected, tidied
from optimizer.engines.mongo.compile.parents import read_counters, read_first_few
from optimizer.engines.mongo.compile.recursion import recursive_rows
from optimizer.engines.mongo.compile.rollup import roll_up, rollup_of
from optimizer.engines.mongo.compile.rows import Rows
from optimizer.engines.mongo.compile.scope import Scope
from optimizer.engines.mongo.compile.subqueries import with_results
from optimizer.engines.mongo.compile.unions import union_rows
from optimizer.engines.mongo.compile.units import Unit, units_of
from optimizer.engines.mongo.compile.windows import add_windows, windows_of
from optimizer.engines.mongo.program import Output, Statement
from optimizer.model.names import TableName
from optimizer.queries.tree import flattened, qualified


def compile_select(
    tree: exp.Expr, layout: Layout, secured: Mapping[TableName, tuple[exp.Expr, ...]] | None = None
) -> Statement:
    """A query, as it was written, as one operation; NotCompiled where it isn't in the subset.

    `secured` are the conditions of row-level security by table, over columns without a table.
    """
    context = Context(layout, secured or {})
    query = flattened(qualified(tree, layout.schema))
    if not isinstance(query, exp.Query):
        raise NotCompiled(tree, "not a query")
    rows = compile_rows(query, context, Scope())
    outputs = tuple(Output(name, found.path, found.type) for name, found in rows.columns)
    return Statement((as_operation(rows.collection, rows.stages),), outputs, rows.empty)


def compile_rows(query: exp.Query, context: Context, outer: Scope) -> Rows:
    """A query's pipeline; columns of `outer` are those of the documents that it is looked up for."""
    bare = query.unnest()
    if isinstance(bare, exp.Union) and RECURSIVE in bare.meta:
        return recursive_rows(bare, bare.meta[RECURSIVE], context)
    if isinstance(bare, exp.Select):
        return Selection(bare, context.with_common(bare), outer).rows()
    if isinstance(bare, exp.SetOperation):
        return union_rows(bare, context.with_common(bare), outer, compile_rows)
    raise NotCompiled(query, "only SELECT and UNION are translated")


class Selection:
    """One SELECT on its way to a pipeline."""

    def __init__(self, select: exp.Select, context: Context, outer: Scope) -> None:
        self.outer = outer
        self.block = looked_up(joined(read_block(select, context), context), context)
        self.select = select = self.block.select
        self.flow = Flow(self.block, context, compile_rows)
        self.items = [(chosen.alias_or_name, chosen.unalias()) for chosen in select.selects]
        self.flow.names = {tree: name for name, tree in self.items if _is_plain(name)}
        self.terms = terms_of(select)
        self.limits = limits_of(select)
        trees = [*(tree for _, tree in self.items), *(term.tree for term in self.terms)]
        self.aggregates = aggregates_of([*trees, *self._having()])
        self.windows = windows_of(trees)

    def rows(self) -> Rows:
        """The pipeline with all of the select's parts."""
        distinct = self.select.args.get("distinct")
        on = distinct.args.get("on") if distinct else None
        grouped = bool(self.aggregates or self.select.args.get("group") or self._having())
        if (
            (self.windows and (distinct or grouped))
            or (distinct and grouped)
            or self.select.args.get("qualify")
        ):
            raise NotCompiled(self.select, "windows, groups and DISTINCT in one SELECT")
        if on is not None:
            return self._first_of_each(on)
        if grouped or distinct:
            return self._grouped()
        return self._with_windows() if self.windows else self._plain()

    def _having(self) -> list[exp.Expr]:
        having = self.select.args.get("having")
        return [having.this] if having else []

    def _join(self, terms: Sequence[Term], limits: Limits | None) -> Joins:
        """Join everything that has to be before what follows (see Joins)."""
        units = units_of(self.block, self.flow.layout)
        limited = limits is not None and limits.reach is not None
        return self._start(units, first_unit(self.block, units, terms, limited), terms, limits)

    def _start(
        self, units: Sequence[Unit], first: Unit, terms: Sequence[Term], limits: Limits | None
    ) -> Joins:
        joins = Joins(self.flow, units, first, terms, limits)
        joins.begin(self.outer)
        joins.join_all()
        return joins

    def _plain(self) -> Rows:
        trees = [tree for _, tree in self.items]
        if not self.outer.sources and read_first_few(self.flow, self.terms, self.limits, trees):
            return self._done()
        self._join(self.terms, self.limits).finish()
        return self._done()

    def _with_windows(self) -> Rows:
        self._join((), None).finish()
        add_windows(self.flow, self.windows)
        self._sort()
        return self._done()

    def _first_of_each(self, on: exp.Expr) -> Rows:
        """DISTINCT ON: rows in order, then the first of each key, then in order again."""
        flow = self.flow
        named = dict(self.items)
        keys = [_resolved(key, named) for key in (on.expressions if isinstance(on, exp.Tuple) else [on])]
        self._join(self.terms, Limits()).finish()
        grouping = Grouping(flow, keys, flow.names)
        flow.stages += grouping.first_stages([tree for _, tree in self.items])
        self._regroup(grouping)
        self.terms = tuple(term for term in self.terms if term.tree in keys)
        self._sort()
        return self._done()

    def _grouped(self) -> Rows:
        group = self.select.args.get("group")
        if group and any(group.args.get(p) for p in ("cube", "rollup", "grouping_sets", "all")):
            raise NotCompiled(group, "grouping sets")
        keys = list(group.expressions) if group else []
        if keys and self.aggregates and self._roll_up(keys):
            return self._after_groups()
        whole = self.aggregates and not keys and not self._having() and not self.outer.sources
        if whole and read_counters(self.flow, self.aggregates):
            return self._one_row()
        return self._group(keys)

    def _group(self, keys: list[exp.Expr]) -> Rows:
        flow = self.flow
        units = units_of(self.block, flow.layout)
        first, delayed = self._first_of_group(units, keys)
        without(flow, delayed)
        later = [one.unit for one in delayed]
        self._start([unit for unit in units if unit not in later], first, (), None).finish()
        if self.select.args.get("distinct"):
            keys = [with_results(flow, tree) for _, tree in self.items]
        grouping = Grouping(flow, child_keys(keys, delayed), flow.names)
        aliases = {alias for unit in later for alias in unit.aliases}
        flow.stages += grouping.stages(
            [t for t in self._trees() if not self.block.aliases(t) & aliases], self.aggregates
        )
        self._regroup(grouping)
        flow.known |= {parent: flow.known[child] for one in delayed for parent, child in one.same}
        return self._after_groups(delayed) if keys else self._one_row()

    def _first_of_group(
        self, units: Sequence[Unit], keys: Sequence[exp.Expr]
    ) -> tuple[Unit, tuple[Delayed, ...]]:
        """Where to start, and which parents to look up for groups: of equal starts the one with most."""
        starts = first_units(self.block, units)
        if not self.aggregates:
            return starts[0], ()
        found = [(one, delayed_of(self.flow, units, one, keys, self.aggregates)) for one in starts]
        return max(found, key=lambda pair: len(pair[1]))

    def _trees(self) -> list[exp.Expr]:
        """What is read of the groups."""
        return [*(t for _, t in self.items), *(term.tree for term in self.terms), *self._having()]

    def _after_groups(self, delayed: Sequence[Delayed] = ()) -> Rows:
        """Filter groups, sort and cut them, look up what belongs to each: what can be after the cut is."""
        flow = self.flow
        needed = [term.tree for term in self.terms] + self._having()
        read = {c.table for tree in needed for c in columns_of(replaced(tree, flow.known))}
        early = [one for one in delayed if not one.keeps or read & set(one.unit.aliases)]
        for one in early:
            look_up(flow, one)
        flow.stages += match([with_results(flow, tree) for tree in self._having()], flow.scope)
        self._sort()
        for one in delayed:
            if one not in early:
                look_up(flow, one)
        return self._done()

    def _roll_up(self, keys: Sequence[exp.Expr]) -> bool:
        """Aggregate the children of each row without grouping, where that is what is asked."""
        units = units_of(self.block, self.flow.layout)
        first = first_unit(self.block, units, (), limited=False)
        nothing: dict[exp.Expr, exp.Expr] = {node: exp.Null() for node in self.aggregates}
        read = [replaced(tree, nothing) for tree in self._trees()]
        rollup = rollup_of(self.block, units, first, keys, read)
        if rollup is None:
            return False
        flow = Flow(self.block, self.flow.context, compile_rows)
        flow.names = dict(self.flow.names)
        try:
            if not roll_up(flow, rollup, self.outer, self.aggregates):
                return False
        except NotCompiled:  # by rows it may well be
            return False
        self.flow = flow
        return True

    def _one_row(self) -> Rows:
        """An aggregate over everything: a row even where there is nothing."""
        if self._having():
            raise NotCompiled(self.select.args["having"], "HAVING without GROUP BY")
        return replace(self._done(), empty=self._empty(self.aggregates))

    def _regroup(self, grouping: Grouping) -> None:
        """Forget the columns of the rows: after `$group` there are keys and aggregates alone."""
        flow = self.flow
        outside = {a: f for a, f in flow.scope.sources.items() if a not in self.block.by_alias}
        flow.scope = Scope({**outside, "#": grouping.after})
        flow.taken = {"_id", *grouping.made.taken}
        flow.known = dict(grouping.made.known)

    def _sort(self) -> None:
        """Sort and cut what is grouped; what is both selected and sorted by is computed once."""
        flow = self.flow
        names = {with_results(flow, tree): name for tree, name in flow.names.items()}
        terms = [replace(term, tree=with_results(flow, term.tree)) for term in self.terms]
        flow.names = names
        flow.stages += [*sorted_by(flow.sort_keys(terms), flow.taken), *self.limits.stages()]

    def _done(self) -> Rows:
        flow = self.flow
        items = [(name, with_results(flow, tree)) for name, tree in self.items]
        nested = not any({"$lookup", "$unwind", "$group"} & stage.keys() for stage in flow.stages)
        stage, columns = projected(items, flow.scope, nested=nested)
        last = [] if self._is_whole(stage["$project"]) else [stage]
        return Rows(flow.collection, tidied([*flow.stages, *last]), columns, flow.link, flow.let)

    def _is_whole(self, body: Mapping[str, Any]) -> bool:
        """True where the documents are what `$group` made, and all of that is wanted."""
        grouped = next((stage["$group"] for stage in self.flow.stages if "$group" in stage), None)
        kept = {name for name, value in body.items() if value == 1}
        computed = [value for value in body.values() if value not in (0, 1)]
        return grouped is not None and not computed and kept | {"_id"} == self.flow.taken

    def _empty(self, aggregates: Sequence[exp.Expr]) -> tuple[Any, ...]:
        """What the select list is where no row was found: counts are 0, other aggregates null."""
        nothing: dict[exp.Expr, exp.Expr] = {}
        for node in aggregates:
            call = node.this if isinstance(node, exp.Filter) else node
            counts = isinstance(call, exp.Count)
            nothing[node] = exp.Literal.number(0) if counts else exp.Null()
        return tuple(_evaluated(replaced(tree, nothing)) for _, tree in self.items)


def _resolved(key: exp.Expr, named: Mapping[str, exp.Expr]) -> exp.Expr:
    """A key of DISTINCT ON, the name of an output column replaced by what it stands for."""
    plain = isinstance(key, exp.Column) and not key.table
    return named.get(key.name, key) if plain else key


def _is_plain(name: str) -> bool:
    """True for a name that a field may have."""
    return name != "_id" and "." not in name and not name.startswith("$")


def _evaluated(tree: exp.Expr) -> Any:
    if isinstance(tree, exp.Null):
        return None
    if isinstance(tree, exp.Literal) and tree.is_number:
        return int(tree.name)
    leaf = constant(tree)
    if leaf is None or tree.find(exp.Placeholder) or any(columns_of(tree)):
        raise NotCompiled(tree, "its value over no rows isn't known beforehand")
    return leaf.evaluate({})
