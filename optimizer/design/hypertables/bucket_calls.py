"""Calls of time_bucket and date_trunc: the spans of time that they cut a moment down to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from optimizer.model.hypertables import TimeBucket
from optimizer.model.schema import Schema, Table
from optimizer.queries.base_types import base_type
from optimizer.queries.intervals import Interval, parse
from optimizer.queries.time_buckets import NAME, Bucket, NoBucket, is_bucket, read_bucket
from optimizer.queries.tree import DIALECT, to_sql, unqualified

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
"""Units of date_trunc whose spans are those of time_bucket."""

_ZONED = re.compile(r":\d\d(\.\d+)?\s*([+-]\d\d(:?\d\d)?|Z|UTC)\Z", re.IGNORECASE)
"""The end of a moment's text: its time, and the time zone of that."""


def call_of(span: TimeBucket, column: exp.Column) -> exp.Expr:
    """The call that gives the bucket of a column, which becomes a part of it."""
    width = exp.Literal.string(span.width)
    return exp.Anonymous(this=NAME, expressions=[width, column, *_arguments(span.further)])


def span_of(call: exp.Expr, table: Table) -> TimeBucket | None:
    """The spans into which a call cuts a time of the table; None where they aren't of whole seconds or
    months, or aren't the same ones for every execution and in every session."""
    if not isinstance(call, exp.Anonymous):
        return None
    if not is_bucket(call):
        unit = call.expressions[0]
        if call.name.lower() != "date_trunc" or not isinstance(unit, exp.Literal):
            return None
        return of_width(_unit(unit.name.lower()))
    try:
        found = read_bucket(call, lambda tree: base_type(tree, Schema((table,))))
    except NoBucket:
        return None
    further = _further(found)
    return None if further is None else of_width(found.fixed_width, further)


def of_width(width: Interval | None, further: tuple[str, ...] = ()) -> TimeBucket | None:
    """Spans of a width; None where it isn't of whole seconds or of months alone."""
    if width is None or width.ms % 1000 or (width.months and width.ms) or not (width.months or width.ms > 0):
        return None
    return TimeBucket(int(width.ms / 1000), width.months, further)


def is_of_session(call: exp.Expr, column: str, table: Table) -> bool:
    """True where the session's time zone decides where the spans of a call begin."""
    return not is_bucket(call) and table.by_name[column].type.base != "timestamp"


def _unit(name: str) -> Interval | None:
    """How long the spans of date_trunc are, where those of time_bucket begin there too."""
    if name in _MONTHS:
        return Interval(_MONTHS[name])
    try:
        length = parse("1", name)
    except ValueError:
        return None
    return None if length.months else length


def _further(call: Bucket) -> tuple[str, ...] | None:
    """The argument after the value, of its type; None where there are several, or it isn't a constant."""
    kinds = ((call.zone, "text"), (call.origin, call.kind), (call.offset, "interval"))
    given = [(tree, kind) for tree, kind in kinds if tree is not None]
    if len(given) > 1 or not all(_is_constant(tree, kind) for tree, kind in given):
        return None
    return tuple(to_sql(tree) if kind == "text" else _typed(tree, kind) for tree, kind in given)


def _typed(tree: exp.Expr, kind: str) -> str:
    """A constant whose type can be seen."""
    tree = tree.unnest()
    return to_sql(exp.cast(tree, kind, dialect=DIALECT) if isinstance(tree, exp.Literal) else tree)


def _arguments(texts: Sequence[str]) -> list[exp.Expr]:
    """The further arguments of a call."""
    call = unqualified(f"SELECT {NAME}({', '.join(texts)})").find(exp.Anonymous)
    return [] if call is None else call.expressions


def _is_constant(tree: exp.Expr, kind: str) -> bool:
    """True for a text or an interval that is written out; that of a timestamptz has to say its time zone."""
    tree = tree.unnest()
    if isinstance(tree, exp.Interval):
        return isinstance(tree.this, exp.Literal)
    text = tree.this.unnest() if isinstance(tree, exp.Cast) else tree
    if not isinstance(text, exp.Literal) or not text.is_string:
        return False
    return kind != "timestamptz" or _ZONED.search(text.name.strip()) is not None
