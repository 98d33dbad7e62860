"""SELECTs by time buckets of one table, cut in two: what a continuous aggregate keeps, and the rest.

TimescaleDB 2.23, as it answered: a continuous aggregate groups by exactly one time_bucket of the time column
and by whatever else is immutable; it reads one hypertable, without subqueries and common table expressions.
DISTINCT, FILTER and ORDER BY within aggregates are taken.

A bucket is a column here while the SELECT is cut (materializing.cut): what asks for nothing finer than it is
answered from what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from optimizer.design.hypertables.buckets import Bucket, Unbucketed, bucket_in, put_in
from optimizer.design.indexes.immutable import why_not_immutable
from optimizer.model.schema import Column, Schema, Table
from optimizer.queries.adding import Unfit
from optimizer.queries.aggregates import own
from optimizer.queries.conditions import conjuncts
from optimizer.queries.grains import Grain
from optimizer.queries.materializing import cut
from optimizer.queries.names import unqualified_text
from optimizer.queries.shapes import is_fixed
from optimizer.queries.time_buckets import is_bucket
from optimizer.queries.tree import find_table, identifier, qualified, to_sql, unqualified
from optimizer.queries.value_types import value_type


@dataclass(frozen=True, eq=False)
class Bucketed:
    """`select` stands in the query that was searched; `sql` is what is kept of it, by `bucket` and `others`.

    `rest` gives the same answer from that, as a source `v`; `key` are the kept columns that are unique.
    """

    select: exp.Select
    table: Table
    bucket: Bucket
    others: tuple[Grain, ...]
    sql: str
    key: tuple[str, ...]
    rest: exp.Select


@dataclass(frozen=True, eq=False)
class Whole:
    """A SELECT that groups rows of `table` by a bucket of `column`, and why none of it is kept."""

    table: Table
    column: str
    reason: str


def bucketed(query: exp.Expr, schema: Schema) -> Iterator[Bucketed | Whole]:
    """The SELECTs of a qualified query that group by a bucket of time, subqueries among them.

    The query stays as it is; putting each `rest` in the place of its `select` changes no answer.
    """
    known = {cte.alias for cte in query.find_all(exp.CTE)}
    for select in list(query.find_all(exp.Select)):
        source = select.args.get("from_")
        if source is None or not isinstance(source.this, exp.Table):
            continue
        is_common = not source.this.db and source.this.name in known
        table = None if is_common else find_table(source.this, schema)
        if table is not None and select.args.get("group"):
            yield from _of_select(select, source.this.alias_or_name, table, schema)


def _of_select(select: exp.Select, alias: str, table: Table, schema: Schema) -> Iterator[Bucketed | Whole]:
    bucket = bucket_in(select, alias, table)
    if bucket is None:
        return
    if isinstance(bucket, Unbucketed):
        yield Whole(table, bucket.column, bucket.reason)
        return
    try:
        yield _cut(select, alias, table, bucket, schema)
    except Unfit as unfit:
        yield Whole(table, bucket.column, str(unfit))


def _cut(select: exp.Select, alias: str, table: Table, bucket: Bucket, schema: Schema) -> Bucketed:
    if select.args.get("joins") or select.args.get("laterals"):
        raise Unfit(f"it joins {table.name} with something else")
    time = table.by_name[bucket.column]
    wide = replace(table, columns=(*table.columns, Column(bucket.name, time.type, not_null=time.not_null)))
    tree = select.copy()
    put_in(tree, alias, bucket, table)
    if _asks_within(tree, alias, bucket):
        begun = f"time_bucket('{bucket.span.width}', {', '.join(('...', *bucket.span.further))})"
        raise Unfit(
            f"it asks for times within a bucket of {bucket.span}: compare {bucket.column} with {begun}"
        )
    _group_by_single_values(tree, alias, table)
    found = cut(tree, schema.with_changed(wide))
    view = found.view
    for column in [one for one in view.find_all(exp.Column) if one.name == bucket.name]:
        column.replace(bucket.over(exp.column(identifier(bucket.column), table=identifier(alias))))
    _check(view, alias, table, schema)
    others = tuple(grain for grain in found.grains[alias] if grain.column != bucket.name)
    return Bucketed(select, table, bucket, others, to_sql(view), found.key, found.rest)


def _asks_within(select: exp.Select, alias: str, bucket: Bucket) -> bool:
    """True where times are still asked for that are finer than the bucket, besides in aggregates and in
    conditions that are kept with them."""
    where = select.args.get("where")
    kept = [one for one in conjuncts(where.this if where else None) if is_fixed(one)]
    inside = {id(column) for tree in kept for column in tree.find_all(exp.Column)}
    return any(
        isinstance(node, exp.Column)
        and (node.table, node.name) == (alias, bucket.column)
        and id(node) not in inside
        and node.find_ancestor(exp.AggFunc, exp.Filter) is None
        for node in own(select)
    )


def _group_by_single_values(select: exp.Select, alias: str, table: Table) -> None:
    """Group by columns too of which a condition leaves one value: that changes no group.

    What is kept is by these columns, so that its rows are those of the answer.
    """
    where, group = select.args.get("where"), select.args["group"]
    grouped = {to_sql(term) for term in group.expressions}
    for one in conjuncts(where.this if where else None):
        column = one.this.unnest() if isinstance(one, exp.EQ) else None
        if not isinstance(column, exp.Column) or not isinstance(one.expression.unnest(), exp.Placeholder):
            continue
        if column.table == alias and column.name in table.by_name and to_sql(column) not in grouped:
            group.append("expressions", column.copy())


def _check(view: exp.Select, alias: str, table: Table, schema: Schema) -> None:
    """Unfit where TimescaleDB wouldn't keep the view, or its answers would depend on who refreshes it."""
    if (
        next(view.find_all(exp.Subquery, exp.Exists), None) is not None
        or len(list(view.find_all(exp.Query))) > 1
    ):
        raise Unfit("it has a subquery")
    if any(column.table != alias for column in view.find_all(exp.Column)):
        raise Unfit("it depends on a query around it")
    where = view.args.get("where")
    items = [item.unalias() for item in view.expressions if not is_bucket(item.unalias())]
    for tree in (*items, *conjuncts(where.this if where else None)):
        if reason := why_not_immutable(unqualified_text(tree), table):
            raise Unfit(f"{to_sql(tree)} can't be kept: {reason}")
    checked = qualified(unqualified(to_sql(view)), schema)
    for item in checked.selects if isinstance(checked, exp.Query) else ():
        if value_type(item.unalias(), {alias: table}) is None:
            raise Unfit(f"the type of {to_sql(item.unalias())} isn't known")
