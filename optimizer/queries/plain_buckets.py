"""What PostgreSQL without the extension has for time_bucket.

date_bin(stride, source, origin) is the same for a width without months; date_trunc and arithmetic are for
those with months. Years before Christ are left out: EXTRACT counts them without a year 0.
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from optimizer.queries.base_types import INTEGERS
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.time_buckets import Bucket

ORIGIN = "2000-01-03 00:00:00+00"
"""As a timestamptz it is this moment in UTC; as a timestamp its zone isn't read."""

_TRUNCATED = {1: "month", 3: "quarter", 12: "year"}
"""Spans of months that date_trunc has, of which one begins in January 2000."""

_MONTHS = "extract(year FROM :width) * 12 + extract(month FROM :width)"
_SINCE = "(extract(year FROM :value) - {year}) * 12 + extract(month FROM :value) - {month}"
_BACK = "date_trunc('month', :value) - make_interval(months => mod(mod(:since, :n) + :n, :n)::int)"
_EITHER = (
    "CASE WHEN :months > 0 AND :width = make_interval(months => :months::int) THEN :of_months ELSE :fixed END"
)
_WHOLE = ":value - mod(mod(:value - :offset, :width) + :width, :width)"
_WHOLE_FROM_0 = ":value - mod(mod(:value, :width) + :width, :width)"


def plain(bucket: Bucket) -> exp.Expr:
    """The same on PostgreSQL without the extension: a new tree, in parentheses where it needs them."""
    if bucket.kind in INTEGERS:
        if bucket.offset is None:
            return _paren(_filled(_WHOLE_FROM_0, value=bucket.value, width=bucket.width))
        return _paren(_filled(_WHOLE, value=bucket.value, width=bucket.width, offset=bucket.offset))
    if bucket.zone is not None:
        return _zoned(bucket, bucket.zone)
    if bucket.kind == "date":
        return exp.cast(plain(_as_timestamps(bucket)), "date")
    if bucket.offset is not None:
        offset = _operand(_typed(bucket.offset, "interval"))
        moved = exp.Sub(this=_operand(bucket.value), expression=offset)
        started = plain(replace(bucket, value=_paren(moved), offset=None))
        return _paren(exp.Add(this=started, expression=offset.copy()))
    if bucket.fixed_width is None:
        return _either(bucket)
    return _of_months(bucket) if bucket.fixed_width.months else _fixed(bucket)


def _zoned(bucket: Bucket, zone: exp.Expr) -> exp.Expr:
    """The buckets of the wall clock's time."""
    local = replace(
        bucket,
        kind="timestamp",
        value=_at(_typed(bucket.value, "timestamptz"), zone),
        origin=None if bucket.origin is None else _at(_typed(bucket.origin, "timestamptz"), zone),
        zone=None,
    )
    return _at(plain(local), zone)


def _as_timestamps(bucket: Bucket) -> Bucket:
    origin = None if bucket.origin is None else exp.cast(bucket.origin.copy(), "timestamp")
    return replace(bucket, kind="timestamp", value=exp.cast(bucket.value.copy(), "timestamp"), origin=origin)


def _fixed(bucket: Bucket) -> exp.Expr:
    origin = exp.Literal.string(ORIGIN) if bucket.origin is None else bucket.origin.copy()
    arguments = [bucket.width.copy(), bucket.value.copy(), origin]
    return exp.Anonymous(this="date_bin", expressions=arguments)


def _of_months(bucket: Bucket, months: exp.Expr | None = None) -> exp.Expr:
    if bucket.kind == "timestamptz":
        utc = exp.Literal.string("UTC")
        return _at(_of_months(_in_utc(bucket, utc), months), utc)
    width = bucket.fixed_width.months if bucket.fixed_width is not None else 0
    if width in _TRUNCATED and (bucket.origin is None or width == 1):
        return _filled(f"date_trunc('{_TRUNCATED[width]}', :value)", value=bucket.value)
    since = _since(bucket)
    n = months if months is not None else exp.Literal.number(width)
    return _paren(_filled(_BACK, value=bucket.value, since=since, n=n))


def _since(bucket: Bucket) -> exp.Expr:
    """The months from the origin's to the value's."""
    if bucket.origin is None:
        return _filled(_SINCE.format(year=2000, month=1), value=bucket.value)
    parts = {"year": "extract(year FROM :origin)", "month": "extract(month FROM :origin)"}
    origin = _typed(bucket.origin, "timestamp")
    return _filled(_SINCE.format(**parts), value=bucket.value, origin=origin)


def _in_utc(bucket: Bucket, utc: exp.Expr) -> Bucket:
    origin = None if bucket.origin is None else _at(_typed(bucket.origin, "timestamptz"), utc)
    return replace(bucket, kind="timestamp", value=_at(bucket.value, utc), origin=origin)


def _either(bucket: Bucket) -> exp.Expr:
    """For a width of which only an execution tells whether it has months; date_bin refuses one with both."""
    width = _typed(bucket.width, "interval")
    months = _filled(_MONTHS, width=width)
    fixed = _fixed(replace(bucket, width=width))
    of_months = _of_months(bucket, months)
    return _filled(_EITHER, months=months, width=width, of_months=of_months, fixed=fixed)


def _typed(tree: exp.Expr, kind: str) -> exp.Expr:
    """The tree with its type written, where it is a parameter or a text."""
    bare = isinstance(tree.unnest(), exp.Placeholder | exp.Literal)
    return exp.cast(tree.copy(), kind) if bare else tree.copy()


def _at(tree: exp.Expr, zone: exp.Expr) -> exp.Expr:
    return _paren(exp.AtTimeZone(this=_operand(tree), zone=_operand(zone)))


def _operand(tree: exp.Expr) -> exp.Expr:
    """A copy that can stand beside an operator."""
    bare = isinstance(tree, exp.Condition) and not isinstance(tree, exp.Binary | exp.AtTimeZone | exp.Neg)
    return tree.copy() if bare or isinstance(tree, exp.Interval | exp.Paren) else _paren(tree.copy())


def _paren(tree: exp.Expr) -> exp.Expr:
    return exp.Paren(this=tree)


def _filled(template: str, **parts: exp.Expr) -> exp.Expr:
    """The expression with trees in the places of its `:name`s."""
    tree = QueryDialect().parse(f"SELECT {template}")[0]
    if not isinstance(tree, exp.Select):
        raise ValueError(template)
    filled: exp.Expr = tree.selects[0]
    for place in list(filled.find_all(exp.Placeholder)):
        part, around = parts[place.name], place.parent
        alone = not isinstance(around, exp.Binary | exp.Cast)
        place.replace(part.copy() if alone else _operand(part))
    return filled
