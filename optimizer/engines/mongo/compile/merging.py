"""Subqueries that find one row at most, made joins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Block, Context, Source, read_block, replaced
from optimizer.engines.mongo.compile.choosing import bound
from optimizer.engines.mongo.compile.errors import NotCompiled

WHOLE = ("group", "having", "limit", "offset", "distinct")
"""The clauses that make a SELECT more than its rows."""


def as_exists(node: exp.Expr) -> exp.Exists:
    """`x IN (SELECT y ...)` as `EXISTS (SELECT ... WHERE y = x)`, which is true where it is."""
    query = node.args["query"].unnest()
    if not isinstance(query, exp.Select) or any(query.args.get(part) for part in WHOLE[:-1]):
        raise NotCompiled(node, "only a plain SELECT is translated behind IN")
    chosen = query.selects[0].unalias()
    if chosen.find(exp.AggFunc, exp.Window) or len(query.selects) != 1:
        raise NotCompiled(node, "only a plain column is translated behind IN")
    met = query.copy()
    met.set("distinct", None)
    return exp.Exists(this=met.where(exp.EQ(this=chosen.copy(), expression=node.this.copy()), copy=False))


def is_in_query(node: exp.Expr) -> bool:
    """True for `x IN (SELECT ...)`."""
    return isinstance(node, exp.In) and node.args.get("query") is not None


def joined(block: Block, context: Context) -> Block:
    """The block with those EXISTS and IN made inner joins that can't find more than one row.

    A join may start at the subquery's side, which is where a key or a narrow filter often is.
    """
    for condition in block.conditions:
        inner = _single_row(condition, block, context)
        if inner is not None:
            others = tuple(c for c in block.conditions if c is not condition)
            return joined(
                Block(block.select, (*block.sources, *inner.sources), (*others, *inner.conditions)), context
            )
    return block


def looked_up(block: Block, context: Context) -> Block:
    """The block with subqueries for a column of the one row that a key gives made left joins."""
    trees = [*block.clauses(), *block.conditions]
    for node in (n for tree in trees for n in _scalars(tree)):
        query = node.this
        plain = isinstance(query, exp.Select) and not any(query.args.get(p) for p in (*WHOLE, "with_"))
        if not plain or len(query.selects) != 1 or not isinstance(query.selects[0].unalias(), exp.Column):
            continue
        inner = read_block(query, context)
        (source, *others) = inner.sources
        known = source.alias in block.by_alias or others or source.table is None or not single(inner)
        if known or any(c.find(exp.Query) for c in inner.conditions):
            continue
        one: dict[exp.Expr, exp.Expr] = {node: query.selects[0].unalias()}
        sources = (*block.sources, replace(source, left=True, on=inner.conditions))
        conditions = tuple(replaced(c, one) for c in block.conditions)
        return looked_up(Block(replaced(block.select, one), sources, conditions), context)
    return block


def _scalars(tree: exp.Expr) -> list[exp.Subquery]:
    """The subqueries that stand for a value, those within others left out."""
    nodes = tree.walk(bfs=False, prune=lambda n: isinstance(n, exp.Query | exp.Exists | exp.In))
    return [node for node in nodes if isinstance(node, exp.Subquery)]


def _single_row(condition: exp.Expr, block: Block, context: Context) -> Block | None:
    """The block of a subquery that finds at most one row for a row outside."""
    node = as_exists(condition) if is_in_query(condition) else condition
    if not isinstance(node, exp.Exists):
        return None
    query = node.this.unnest()
    if not isinstance(query, exp.Select) or any(query.args.get(p) for p in (*WHOLE, "with_")):
        return None
    if any(s.find(exp.AggFunc) for s in query.selects):
        return None
    inner = read_block(query, context)
    plain = all(source.table is not None and not source.left for source in inner.sources)
    if (
        not plain
        or inner.by_alias.keys() & block.by_alias.keys()
        or any(c.find(exp.Query) for c in inner.conditions)
    ):
        return None
    return inner if single(inner) else None


def single(block: Block, given: Iterable[str] = ()) -> bool:
    """True where a block can't have more than one row, its outer columns being given.

    A source with a key that is bound to given values has one row, and then gives its columns too.
    """
    left = {source.alias: source for source in block.sources if source.alias not in set(given)}
    while left:
        known = next((a for a, s in left.items() if _is_bound(s, block.conditions, left)), None)
        if known is None:
            return False
        del left[known]
    return True


def _is_bound(source: Source, conditions: Iterable[exp.Expr], unknown: Iterable[str]) -> bool:
    names = frozenset(name for c in conditions for name in bound(c, source.alias, unknown))
    return source.table is not None and source.table.is_unique(names)
