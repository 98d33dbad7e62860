"""A query block read: its sources with what each is joined by, and the conditions that all rows meet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.strictness import strict_columns
from optimizer.engines.mongo.locks import NO_LOCKS, Locks
from optimizer.model.names import TableName
from optimizer.model.schema import Table
from optimizer.queries.conditions import conjuncts
from optimizer.queries.tree import find_table

_Node = TypeVar("_Node", bound=exp.Expr)

RECURSIVE = "recursive"
"""What a common table expression that reads itself is marked with in its tree: its name."""


@dataclass(frozen=True)
class Context:
    """What a statement is compiled for.

    `secured` are the conditions of row-level security by table, over columns without a table; `common` the
    common table expressions within reach, by name; `locks` say which parents a write has to lock.
    """

    layout: Layout
    secured: Mapping[TableName, tuple[exp.Expr, ...]] = field(default_factory=dict)
    common: Mapping[str, exp.Query] = field(default_factory=dict)
    locks: Locks = NO_LOCKS

    def with_common(self, query: exp.Query) -> Context:
        """The context with a query's own common table expressions added."""
        clause = query.args.get("with_")
        if clause is None:
            return self
        own = {cte.alias: cte.this for cte in clause.expressions}
        if clause.args.get("recursive"):
            for name, body in own.items():
                if any(table.name == name and not table.db for table in body.find_all(exp.Table)):
                    body.meta[RECURSIVE] = name
        return replace(self, common={**self.common, **own})


@dataclass(frozen=True)
class Source:
    """One source of FROM: a table of the schema, or else a `query` (a derived table, a common one, LATERAL).

    `left`: rows stay where nothing joins them, `on` being what joins them then. An inner join's ON is among
    the block's conditions, `on` is empty.
    """

    alias: str
    table: Table | None = None
    query: exp.Query | None = None
    left: bool = False
    on: tuple[exp.Expr, ...] = ()


@dataclass(frozen=True)
class Block:
    """One SELECT: its sources in order, and its conditions, WHERE's and those of inner joins."""

    select: exp.Select
    sources: tuple[Source, ...]
    conditions: tuple[exp.Expr, ...]

    @property
    def by_alias(self) -> dict[str, Source]:
        return {source.alias: source for source in self.sources}

    def aliases(self, *trees: exp.Expr) -> frozenset[str]:
        """The block's own sources that expressions mention."""
        own = self.by_alias
        return frozenset(c.table for tree in trees for c in columns_of(tree) if c.table in own)

    def columns(self, alias: str, without: Iterable[exp.Expr] = ()) -> frozenset[str]:
        """The columns of a source that the block mentions anywhere but in these conditions."""
        left_out = {id(tree) for tree in without}
        trees = [*self.clauses(), *(c for c in self.every_condition() if id(c) not in left_out)]
        return frozenset(c.name for tree in trees for c in columns_of(tree) if c.table == alias)

    def every_condition(self) -> Iterator[exp.Expr]:
        """WHERE's, and those of all joins."""
        yield from self.conditions
        for source in self.sources:
            yield from source.on

    def clauses(self) -> Iterator[exp.Expr]:
        """All that isn't a condition: what is selected, grouped and ordered by, and derived tables."""
        yield from self.select.expressions
        for part in ("group", "having", "distinct", "qualify"):
            if self.select.args.get(part) is not None:
                yield self.select.args[part]
        yield from self._ordered_by()
        for source in self.sources:
            if source.query is not None:
                yield source.query

    def _ordered_by(self) -> Iterator[exp.Expr]:
        """The terms of ORDER BY, without the names of what is selected: no outer column is meant by them."""
        order = self.select.args.get("order")
        named = {chosen.alias_or_name for chosen in self.select.selects}
        for term in order.expressions if order else ():
            tree = term.this.unnest()
            if not isinstance(tree, exp.Column) or tree.table or tree.name not in named:
                yield term


def read_block(select: exp.Select, context: Context) -> Block:
    """The parts of a SELECT whose names are qualified; NotCompiled for joins that aren't in the subset."""
    clause = select.args.get("from_")
    if clause is None:
        raise NotCompiled(select, "a query without FROM")
    sources = [_source(clause.this, context)]
    conditions: list[exp.Expr] = []
    for join in select.args.get("joins") or ():
        source, met = _joined(join, context)
        sources.append(source)
        conditions += met
    where = select.args.get("where")
    conditions += conjuncts(where.this if where else None)
    for number, source in enumerate(sources):
        guards = _secured(source, context)
        if source.left:
            sources[number] = replace(source, on=(*source.on, *guards))
        else:
            conditions += guards
    return _without_partners(_reduced(Block(select, tuple(sources), tuple(conditions))))


def columns_of(tree: exp.Expr) -> Iterator[exp.Column]:
    """The columns of an expression, those of its subqueries that come from outside of them included."""
    for column in tree.find_all(exp.Column):
        if not _is_inside(column, tree):
            yield column


def replaced(tree: _Node, known: Mapping[exp.Expr, exp.Expr]) -> _Node:
    """A copy of an expression with all nodes that are keys of `known` replaced, the outermost first."""
    if not known:
        return tree
    found = known.get(tree)
    if found is not None:
        return found.copy()  # type: ignore[return-value]  # all of it is replaced, by whatever kind that is
    copy = tree.copy()
    for node in list(copy.walk(bfs=False, prune=lambda n: n in known)):
        found = known.get(node)
        if found is not None:
            node.replace(found.copy())
    return copy


def _source(node: exp.Expr, context: Context) -> Source:
    if isinstance(node, exp.Table):
        if not node.db and node.name in context.common:
            return Source(node.alias_or_name, query=context.common[node.name])
        table = find_table(node, context.layout.schema)
        if table is None or node.args.get("joins"):
            raise NotCompiled(node, _why_unknown(node, context))
        return Source(node.alias_or_name, table)
    if isinstance(node, exp.Lateral):
        return replace(_source(node.this, context), alias=node.alias_or_name)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        return Source(node.alias_or_name, query=node.this)
    raise NotCompiled(node, "this source of rows isn't known")


def _why_unknown(node: exp.Table, context: Context) -> str:
    schema = context.layout.schema
    for name in schema.materialized_views + schema.views:
        if name.name == node.name:
            return "a view isn't filled on MongoDB"
    return "this source of rows isn't known"


def _joined(join: exp.Join, context: Context) -> tuple[Source, list[exp.Expr]]:
    source = _source(join.this, context)
    on = list(conjuncts(join.args.get("on")))
    if join.side in ("RIGHT", "FULL") or join.kind in ("SEMI", "ANTI") or join.args.get("using"):
        raise NotCompiled(join, "only inner, cross and left joins are translated")
    if join.method:
        raise NotCompiled(join, "a natural join isn't translated")
    if join.side == "LEFT":
        return replace(source, left=True, on=tuple(c for c in on if not _is_true(c))), []
    return source, [c for c in on if not _is_true(c)]


def _is_true(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Boolean) and bool(tree.this)


def _secured(source: Source, context: Context) -> list[exp.Expr]:
    if source.table is None:
        return []
    guards = [guard.copy() for guard in context.secured.get(source.table.name, ())]
    for column in (c for guard in guards for c in guard.find_all(exp.Column)):
        column.set("table", exp.to_identifier(source.alias))
    return guards


def _reduced(block: Block) -> Block:
    """Left joins made inner where a condition is never true for the rows that found nothing."""
    needed = {c.table for condition in block.conditions for c in strict_columns(condition)}
    for number, source in enumerate(block.sources):
        if source.left and source.alias in needed:
            inner = replace(source, left=False, on=())
            sources = (*block.sources[:number], inner, *block.sources[number + 1 :])
            return _reduced(Block(block.select, sources, (*block.conditions, *source.on)))
    return block


def _without_partners(block: Block) -> Block:
    """Left joins that only look for rows without a partner (`IS NULL`) as NOT EXISTS, which stops at one."""
    for condition in block.conditions:
        column = condition.this.unnest() if isinstance(condition, exp.Is) else None
        source = block.by_alias.get(column.table) if isinstance(column, exp.Column) else None
        if source is None or source.table is None or not source.left or not isinstance(condition, exp.Is):
            continue
        known = source.table.by_name.get(column.name) if column is not None else None
        others = block.columns(source.alias, without=(condition, *source.on))
        if known is None or not known.not_null or others or not isinstance(condition.expression, exp.Null):
            continue
        conditions = tuple(c if c is not condition else _none(source) for c in block.conditions)
        rest = tuple(s for s in block.sources if s is not source)
        return _without_partners(Block(block.select, rest, conditions))
    return block


def _none(source: Source) -> exp.Expr:
    name = source.table.name if source.table else None
    if name is None:
        raise TypeError(source.alias)
    table = exp.table_(name.name, db=name.schema, alias=source.alias)
    query = exp.select("1").from_(table).where(*(c.copy() for c in source.on), copy=False)
    return exp.Not(this=exp.Exists(this=query))


def _is_inside(column: exp.Column, top: exp.Expr) -> bool:
    """True for a column whose source is a subquery's own, within `top`."""
    select = column.find_ancestor(exp.Select)
    while select is not None and select is not top.parent:
        if column.table in _own_names(select) and _is_below(select, top):
            return True
        select = select.find_ancestor(exp.Select)
    return False


def _is_below(node: exp.Expr, top: exp.Expr) -> bool:
    at: exp.Expr | None = node
    while at is not None:
        if at is top:
            return True
        at = at.parent
    return False


def _own_names(select: exp.Select) -> set[str]:
    clause = select.args.get("from_")
    nodes = [clause.this] if clause else []
    nodes += [join.this for join in select.args.get("joins") or ()]
    return {node.alias_or_name for node in nodes}
