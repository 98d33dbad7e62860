"""The bucket of time that a SELECT groups by, as a column that the SELECT asks for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from optimizer.model.hypertables import span
from optimizer.model.schema import Table
from optimizer.queries.aggregates import own
from optimizer.queries.base_types import MOMENTS, TRUNCATIONS
from optimizer.queries.conditions import conjuncts
from optimizer.queries.intervals import Interval, parse, unit_of
from optimizer.queries.shapes import MIRRORED
from optimizer.queries.time_buckets import NAME, is_bucket, width_of
from optimizer.queries.tree import identifier

_DAY_S = 86_400
_CLOCK = frozenset({"microsecond", "millisecond", "second", "minute", "hour"})
"""Units that are as long in every time zone."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Spans of so many seconds of a time column, counted from TimescaleDB's origin.

    `name` is no column of the table yet.
    """

    column: str
    seconds: int
    name: str

    def over(self, column: exp.Column) -> exp.Expr:
        """The call that gives the bucket of a column, which becomes a part of it."""
        width = exp.Literal.string(span(self.seconds))
        return exp.Anonymous(this=NAME, expressions=[width, column])


@dataclass(frozen=True, slots=True)
class Unbucketed:
    """Why what a SELECT groups a time column by is no bucket of a fixed width."""

    column: str
    reason: str


def bucket_in(select: exp.Select, alias: str, table: Table) -> Bucket | Unbucketed | None:
    """The bucket that all of the SELECT's terms are made of; None where it groups by none of this table."""
    found: list[int] = []
    column = ""
    for term in select.args["group"].expressions:
        width = _width(term.unnest(), alias, table)
        if width is None:
            continue
        if isinstance(width, Unbucketed):
            return width
        if column and width[0] != column:
            return Unbucketed(column, f"it groups by buckets of {column} and of {width[0]}")
        column = width[0]
        found.append(width[1])
    if not found:
        return None
    if any(seconds % min(found) for seconds in found):
        return Unbucketed(column, "its buckets aren't made of each other")
    return Bucket(column, min(found), _free(f"{column}_{span(min(found)).replace(' ', '_')}", table))


def put_in(select: exp.Select, alias: str, bucket: Bucket, table: Table) -> None:
    """Put the bucket's column where only the bucket of a time is asked for; aggregates stay as they are, as
    do spans that begin where the session's time zone says, which may be within a bucket."""
    for node in list(own(select)):
        if not _is_call_over(node, alias, bucket.column) or _is_of_session(node, bucket.column, table):
            continue
        if node.find_ancestor(exp.AggFunc) is None:
            _replace(node, alias, bucket)
    where = select.args.get("where")
    for condition in conjuncts(where.this if where else None):
        if _is_bound(condition, alias, bucket):
            for side in (condition.this.unnest(), condition.expression.unnest()):
                if _is_column(side, alias, bucket.column):
                    side.replace(_column(alias, bucket))


def _width(tree: exp.Expr, alias: str, table: Table) -> tuple[str, int] | Unbucketed | None:
    """The column and the seconds of a call; None for what is no call over a time column."""
    if not isinstance(tree, exp.Anonymous) or tree.name.lower() not in TRUNCATIONS:
        return None
    times = [c for c in tree.find_all(exp.Column) if c.table == alias and c.name in table.by_name]
    times = [c for c in times if table.by_name[c.name].type.base in MOMENTS]
    if not times:
        return None
    column = times[0].name
    width = _length(tree)
    if not _is_call_over(tree, alias, column) or width is None:
        return Unbucketed(column, f"its buckets aren't of the form time_bucket('5 minutes', {column})")
    if _is_of_session(tree, column, table):
        return Unbucketed(column, f"{tree.name.lower()} of {column} depends on the session's time zone")
    if width.months:
        return Unbucketed(column, "its buckets are of months, which have no fixed width")
    seconds = int(width.ms / 1000)
    if seconds <= 0 or seconds * 1000 != width.ms:
        return Unbucketed(column, "its buckets aren't of whole seconds")
    return column, seconds


def _length(call: exp.Expr) -> Interval | None:
    """How long the spans of a call of two arguments are; None where that isn't written out."""
    try:
        if is_bucket(call):
            return width_of(call.expressions[0])
        unit = call.expressions[0]
        if call.name.lower() != "date_trunc" or not isinstance(unit, exp.Literal):
            return None
        return Interval(months=3) if unit.name.lower() == "quarter" else parse("1", unit.name)
    except ValueError:
        return None


def _is_call_over(tree: exp.Expr, alias: str, column: str) -> bool:
    """True for time_bucket(width, t.column) and date_trunc(unit, t.column)."""
    if not isinstance(tree, exp.Anonymous) or tree.name.lower() not in ("date_trunc", NAME):
        return False
    arguments = tree.expressions
    plain = len(arguments) == 2 and not any(isinstance(one, exp.Kwarg) for one in arguments)
    return plain and _is_column(arguments[1].unnest(), alias, column)


def _is_of_session(call: exp.Expr, column: str, table: Table) -> bool:
    """True where the session's time zone decides where the spans of a call begin."""
    return not is_bucket(call) and table.by_name[column].type.base != "timestamp"


def _replace(call: exp.Expr, alias: str, bucket: Bucket) -> None:
    """The bucket in the place of the same one, or of the time within a longer one."""
    length = _length(call)
    if length is None:
        return
    seconds = _DAY_S if length.months else int(length.ms / 1000)
    if not length.months and seconds == bucket.seconds:
        call.replace(_column(alias, bucket))
    elif seconds and seconds % bucket.seconds == 0:
        call.expressions[1].replace(_column(alias, bucket))


def _is_bound(condition: exp.Expr, alias: str, bucket: Bucket) -> bool:
    """True for `time >= x` and `time < x` where x is a bucket's beginning: the same is true of the bucket."""
    if not isinstance(condition, exp.GT | exp.GTE | exp.LT | exp.LTE):
        return False
    kind: type[exp.Expr] = type(condition)
    left, right = condition.this.unnest(), condition.expression.unnest()
    if not _is_column(left, alias, bucket.column):
        left, right, kind = right, left, MIRRORED[kind]
    return kind in (exp.GTE, exp.LT) and _is_column(left, alias, bucket.column) and _begins(right, bucket)


def _begins(tree: exp.Expr, bucket: Bucket) -> bool:
    """True where a value is a bucket's beginning for sure, of a timestamptz in every session's zone."""
    tree = tree.unnest()
    if isinstance(tree, exp.Add | exp.Sub):
        return _begins(tree.this, bucket) and _is_whole(tree.expression.unnest(), bucket)
    if not is_bucket(tree) or len(tree.expressions) != 2:
        return False
    value, length = tree.expressions[1].unnest(), _length(tree)
    typed = isinstance(value, exp.Cast) and value.to.is_type("timestamptz", "timestamp", "date")
    whole = length is not None and not length.months and length.ms > 0
    return typed and whole and length is not None and not length.ms % (bucket.seconds * 1000)


def _is_whole(tree: exp.Expr, bucket: Bucket) -> bool:
    """True for an interval of whole buckets in units of the clock: a day may have 23 hours."""
    unit = tree.args.get("unit") if isinstance(tree, exp.Interval) else None
    if unit is None:
        return False
    try:
        length = width_of(tree)
        return unit_of(unit.name) in _CLOCK and length is not None and not length.ms % (bucket.seconds * 1000)
    except ValueError:
        return False


def _is_column(tree: exp.Expr, alias: str, name: str) -> bool:
    return isinstance(tree, exp.Column) and (tree.table, tree.name) == (alias, name)


def _column(alias: str, bucket: Bucket) -> exp.Column:
    return exp.column(identifier(bucket.name), table=identifier(alias))


def _free(wanted: str, table: Table) -> str:
    while wanted in table.by_name:
        wanted += "_"
    return wanted
