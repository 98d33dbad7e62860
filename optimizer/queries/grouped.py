"""A SELECT that puts rows of a table together: what a table of groups must hold in order to answer it.

Rows of one group are alike in all that the SELECT asks of them outside of its aggregates. So WHERE, ON and
joins take or leave a group as a whole, and a join repeats its rows equally: the totals of the groups can
stand for the rows, whatever the SELECT is joined with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from optimizer.model.schema import Table
from optimizer.queries.aggregates import Aggregate, is_grouped, nodes, obstacle, read_aggregate
from optimizer.queries.base_types import truncated
from optimizer.queries.conditions import conjuncts
from optimizer.queries.grains import Use, use_of
from optimizer.queries.tree import to_sql

_STRICT = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Like, exp.ILike)


@dataclass(frozen=True, eq=False)
class Grouped:
    """A grouped SELECT and the one source whose rows are added up: `uses` are its columns' uses outside of
    `aggregates`."""

    select: exp.Select
    alias: str
    table: Table
    uses: tuple[Use, ...]
    aggregates: tuple[Aggregate, ...]

    @property
    def is_scalar(self) -> bool:
        """True where there is one row, whether anything is found or not."""
        return bool(self.aggregates) and not self.select.args.get("group")

    @property
    def is_outer(self) -> bool:
        """True where rows of other sources stay that have none of this one."""
        return is_outer(self.select, self.alias)

    @cached_property
    def present(self) -> frozenset[str]:
        """The columns that are never null in the rows that are added up: NOT NULL, or compared with
        something."""
        never = {column.name for column in self.table.columns if column.not_null}
        return frozenset(never | set(never_null(conditions(self.select, self.alias), self.alias)))


def read_grouped(select: exp.Select, alias: str, table: Table) -> Grouped | str:
    """What is asked of a source, or why no table of its groups can answer it. `select` is qualified."""
    if reason := obstacle(select):
        return reason
    found = []
    for node in nodes(select):
        aggregate = read_aggregate(node, alias, table)
        if aggregate is None:
            return f"{to_sql(node)} can't be told from totals"
        if is_outer(select, alias) and _counts_rows(node):
            return f"{to_sql(node)} counts a row where there is none of {table.name}"
        found.append(aggregate)
    inside = {id(column) for one in found for column in _argument(one.node)}
    columns = [column for column in _columns(select, alias) if id(column) not in inside]
    if any(column.name not in table.by_name for column in columns):
        return f"it asks for whole rows of {table.name}"
    if reason := _unclear(select, alias, columns):
        return reason
    uses = tuple(use_of(column, table) for column in columns)
    return Grouped(select, alias, table, uses, tuple(found))


def conditions(select: exp.Select, alias: str) -> tuple[exp.Expr, ...]:
    """The conjuncts that every row with this source meets: those of WHERE and of inner joins, or, where it is
    outer-joined, those of its own ON."""
    if not is_outer(select, alias):
        return inner_conditions(select)
    joins = select.args.get("joins") or ()
    own = (join.args.get("on") for join in joins if join.this.alias_or_name == alias)
    return tuple(part for tree in own for part in conjuncts(tree))


def inner_conditions(select: exp.Select) -> tuple[exp.Expr, ...]:
    """The conjuncts of WHERE and of the ON of inner joins."""
    where = select.args.get("where")
    joins = select.args.get("joins") or ()
    trees = [where.this if where else None, *(join.args.get("on") for join in joins if not join.side)]
    return tuple(part for tree in trees for part in conjuncts(tree))


def is_outer(select: exp.Select, alias: str) -> bool:
    """True where a source is on the right of a left join."""
    joins = select.args.get("joins") or ()
    return any(join.this.alias_or_name == alias and join.side == "LEFT" for join in joins)


def grouping(select: exp.Expr) -> bool:
    """True for a SELECT with inner, cross and left joins that puts rows together."""
    if not isinstance(select, exp.Select) or not is_grouped(select):
        return False
    joins = select.args.get("joins") or ()
    sides = all(join.side in ("", "LEFT") and not join.method for join in joins)
    return sides and all(join.kind in ("", "INNER", "CROSS", "OUTER") for join in joins)


def sources(select: exp.Select) -> Iterator[exp.Expr]:
    """What a SELECT reads from, joins included."""
    first = select.args.get("from_")
    if first is not None:
        yield first.this
    yield from (join.this for join in select.args.get("joins") or ())


def never_null(found: Iterable[exp.Expr], alias: str) -> Iterator[str]:
    """The columns of a source that aren't null where all these conditions are true."""
    for condition in found:
        for tree in _rejected(condition):
            for column in (tree, *_strict_inside(tree)):
                if isinstance(column, exp.Column) and column.table == alias:
                    yield column.name


def _rejected(condition: exp.Expr) -> Iterator[exp.Expr]:
    """The expressions that aren't null where a condition is true."""
    match condition:
        case exp.Column():
            yield condition
        case exp.In() | exp.Between():
            yield condition.this.unnest()
        case exp.Is():
            is_null = isinstance(condition.expression, exp.Null)
            if is_null is bool(condition.args.get("negate")):
                yield condition.this.unnest()
        case exp.Not():
            inner = condition.this.unnest()
            if isinstance(inner, exp.Column):
                yield inner
            elif isinstance(inner, exp.Is) and not inner.args.get("negate"):
                yield from (inner.this.unnest(),) if isinstance(inner.expression, exp.Null) else ()
        case _ if isinstance(condition, _STRICT) and not _is_all(condition.expression):
            yield condition.this.unnest()
            yield condition.expression.unnest()


def _is_all(tree: exp.Expr) -> bool:
    """True for ALL, which is true of nothing at all: `NULL <> ALL('{}')`."""
    return isinstance(tree, exp.All) or (isinstance(tree, exp.Anonymous) and tree.name.lower() == "all")


def _strict_inside(tree: exp.Expr) -> Iterator[exp.Expr]:
    """The column of a truncated or cast time, which is null where it is."""
    inner, moment = tree, truncated(tree)
    while moment is not None or isinstance(inner, exp.Cast | exp.Paren | exp.AtTimeZone):
        inner = inner.this if moment is None else moment
        moment = truncated(inner)
    yield inner


def _counts_rows(node: exp.Expr) -> bool:
    inner = node.this if isinstance(node, exp.Filter) else node
    return isinstance(inner, exp.Count) and not isinstance(inner.this.unnest(), exp.Column)


def _argument(node: exp.Expr) -> Iterator[exp.Column]:
    inner = node.this if isinstance(node, exp.Filter) else node
    yield from inner.find_all(exp.Column)


def _columns(select: exp.Select, alias: str) -> list[exp.Column]:
    """Every use of a source's columns; the alias alone stands for a whole row."""
    every = select.find_all(exp.Column)
    return [column for column in every if alias in (column.table or column.name,)]


def _unclear(select: exp.Select, alias: str, columns: list[exp.Column]) -> str:
    """Where a column's use isn't one of the SELECT's own, or may be within an aggregate that isn't seen."""
    for node in select.find_all(exp.Table, exp.Subquery, exp.CTE):
        if node.alias_or_name == alias and node.find_ancestor(exp.Select) is not select:
            return f"{alias} is the name of something else too"
    for column in columns:
        aggregate = column.find_ancestor(exp.AggFunc)
        if aggregate is not None and aggregate.find_ancestor(exp.Select) is not select:
            return f"{to_sql(aggregate)} is an aggregate within a subquery"
    return ""
