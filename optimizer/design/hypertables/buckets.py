"""The bucket of time that a SELECT groups by, as a column that the SELECT asks for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from optimizer.design.hypertables.bucket_calls import call_of, is_of_session, of_width, span_of
from optimizer.model.hypertables import TimeBucket
from optimizer.model.schema import Table
from optimizer.queries.aggregates import own
from optimizer.queries.base_types import MOMENTS, TRUNCATIONS
from optimizer.queries.conditions import conjuncts
from optimizer.queries.intervals import unit_of
from optimizer.queries.shapes import MIRRORED
from optimizer.queries.time_buckets import NAME, is_bucket, width_of
from optimizer.queries.tree import identifier

_CLOCK = frozenset({"microsecond", "millisecond", "second", "minute", "hour"})
"""Units that are as long in every time zone."""

_ALIKE = {
    "timestamptz": ("timestamptz",),
    "timestamp": ("timestamp", "date"),
    "date": ("date", "timestamp"),
}
"""Types of a value that a column is compared with as it stands, whatever the session's time zone is."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The buckets of a time column; `name` is no column of the table yet."""

    column: str
    span: TimeBucket
    name: str

    def over(self, column: exp.Column) -> exp.Expr:
        """The call that gives the bucket of a column, which becomes a part of it."""
        return call_of(self.span, column)


@dataclass(frozen=True, slots=True)
class Unbucketed:
    """Why what a SELECT groups a time column by is no bucket that can be kept."""

    column: str
    reason: str


def bucket_in(select: exp.Select, alias: str, table: Table) -> Bucket | Unbucketed | None:
    """The bucket that all of the SELECT's terms are made of; None where it groups by none of this table."""
    found: list[TimeBucket] = []
    column = ""
    for term in select.args["group"].expressions:
        one = _of_term(term.unnest(), alias, table)
        if one is None:
            continue
        if isinstance(one, Unbucketed):
            return one
        if column and one[0] != column:
            return Unbucketed(column, f"it groups by buckets of {column} and of {one[0]}")
        column = one[0]
        found.append(one[1])
    if not found:
        return None
    finest = min(found, key=lambda one: one.longest_s)
    if not all(finest.makes(one) for one in found):
        return Unbucketed(column, "its buckets aren't made of each other")
    return Bucket(column, finest, _free(f"{column}_{finest.width.replace(' ', '_')}", table))


def put_in(select: exp.Select, alias: str, bucket: Bucket, table: Table) -> None:
    """Put the bucket's column where only the bucket of a time is asked for; aggregates stay as they are, as
    do spans that begin where the session's time zone says, which may be within a bucket."""
    for node in list(own(select)):
        if not _is_call_over(node, alias, bucket.column) or is_of_session(node, bucket.column, table):
            continue
        if node.find_ancestor(exp.AggFunc) is None:
            _replace(node, alias, bucket, table)
    where = select.args.get("where")
    for condition in conjuncts(where.this if where else None):
        if _is_bound(condition, alias, bucket, table):
            for side in (condition.this.unnest(), condition.expression.unnest()):
                if _is_column(side, alias, bucket.column):
                    side.replace(_column(alias, bucket))


def _of_term(tree: exp.Expr, alias: str, table: Table) -> tuple[str, TimeBucket] | Unbucketed | None:
    """The column and the spans of a call; None for what is no call over a time column."""
    if not isinstance(tree, exp.Anonymous) or tree.name.lower() not in TRUNCATIONS:
        return None
    times = [c for c in tree.find_all(exp.Column) if c.table == alias and c.name in table.by_name]
    times = [c for c in times if table.by_name[c.name].type.base in MOMENTS]
    if not times:
        return None
    column = times[0].name
    if _is_call_over(tree, alias, column) and is_of_session(tree, column, table):
        return Unbucketed(column, f"{tree.name.lower()} of {column} depends on the session's time zone")
    found = span_of(tree, table) if _is_call_over(tree, alias, column) else None
    if found is None:
        form = f"its buckets aren't of the form time_bucket('5 minutes', {column})"
        return Unbucketed(column, f"{form}, with nothing but constants besides")
    return column, found


def _is_call_over(tree: exp.Expr, alias: str, column: str) -> bool:
    """True for time_bucket(width, t.column, ...) and date_trunc(unit, t.column)."""
    if not isinstance(tree, exp.Anonymous) or tree.name.lower() not in ("date_trunc", NAME):
        return False
    arguments = tree.expressions
    if len(arguments) < 2 or (len(arguments) > 2 and not is_bucket(tree)):
        return False
    return _is_column(arguments[1].unnest(), alias, column)


def _replace(call: exp.Expr, alias: str, bucket: Bucket, table: Table) -> None:
    """The bucket in the place of the same one, or of the time within a longer one."""
    found = span_of(call, table)
    if found == bucket.span:
        call.replace(_column(alias, bucket))
    elif found is not None and bucket.span.makes(found):
        call.expressions[1].replace(_column(alias, bucket))


def _is_bound(condition: exp.Expr, alias: str, bucket: Bucket, table: Table) -> bool:
    """True for `time >= x` and `time < x` where x is a bucket's beginning: the same is true of the bucket."""
    if not isinstance(condition, exp.GT | exp.GTE | exp.LT | exp.LTE):
        return False
    kind: type[exp.Expr] = type(condition)
    left, right = condition.this.unnest(), condition.expression.unnest()
    if not _is_column(left, alias, bucket.column):
        left, right, kind = right, left, MIRRORED[kind]
    return (
        kind in (exp.GTE, exp.LT) and _is_column(left, alias, bucket.column) and _begins(right, bucket, table)
    )


def _begins(tree: exp.Expr, bucket: Bucket, table: Table) -> bool:
    """True where a value is a bucket's beginning for sure, in every session's time zone."""
    tree = tree.unnest()
    own = table.by_name[bucket.column].type.base
    if isinstance(tree, exp.Add | exp.Sub):
        return _begins(tree.this, bucket, table) and _is_whole(tree.expression.unnest(), bucket, own)
    if not is_bucket(tree) or len(tree.expressions) < 2:
        return False
    value = tree.expressions[1].unnest()
    found = span_of(tree, table)
    typed = isinstance(value, exp.Cast) and value.to.is_type(*_ALIKE[own])
    return typed and found is not None and bucket.span.makes(found)


def _is_whole(tree: exp.Expr, bucket: Bucket, own: str) -> bool:
    """True for an interval of whole buckets: a day may have 23 hours, but not on a clock without a zone."""
    unit = tree.args.get("unit") if isinstance(tree, exp.Interval) else None
    if unit is None or bucket.span.further:
        return False
    try:
        length = of_width(width_of(tree))
        fits = own == "timestamp" or unit_of(unit.name) in _CLOCK
    except ValueError:
        return False
    return fits and length is not None and bucket.span.makes(length)


def _is_column(tree: exp.Expr, alias: str, name: str) -> bool:
    return isinstance(tree, exp.Column) and (tree.table, tree.name) == (alias, name)


def _column(alias: str, bucket: Bucket) -> exp.Column:
    return exp.column(identifier(bucket.name), table=identifier(alias))


def _free(wanted: str, table: Table) -> str:
    while wanted in table.by_name:
        wanted += "_"
    return wanted
