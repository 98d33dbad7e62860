"""Conditions that let PostgreSQL leave partitions out.

Only such are added as follow from those that are there, so no row comes or goes by them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.engines.postgres.rewriting.selects import Joined, Select, conditions_of, selects
from optimizer.engines.postgres.rewriting.terms import column
from optimizer.model.schema import ForeignKey, Schema, Table
from optimizer.model.tables import RANGE, Partition
from optimizer.queries.conditions import conjuncts
from optimizer.queries.spans import Span, span_of

_TYPES = {"timestamp": exp.DType.TIMESTAMP, "timestamptz": exp.DType.TIMESTAMPTZ}
_UNTYPED = (exp.Placeholder, exp.Literal, exp.CurrentDate)
_CHANGING = frozenset({"clock_timestamp", "random", "nextval", "timeofday"})


def prune(query: exp.Query, structure: Partition, schema: Schema) -> bool:
    """Add what follows: a range of the column from a span that it is cut down to, and the equality of the
    rest of a foreign key.

    Two rows that are joined by a key of the parent are joined by all of the foreign key that holds it. A key
    that had to grow counts too: it is one whose values the server gives.
    """
    changed = False
    for select in selects(query, schema):
        for source in tuple(select.tables.values()):
            if source.table.name == structure.table:
                if structure.method == RANGE:
                    changed = _spans(select, source, structure) or changed
                changed = _links(select, source, structure) or changed
    return changed


def _spans(select: Select, source: Joined, structure: Partition) -> bool:
    kind = source.table.by_name[structure.column].type.base
    changed = False
    for condition in list(_conditions(select)) if kind in _TYPES else ():
        span = span_of(condition)
        if span is None or (span.column.table, span.column.name) != (source.alias, structure.column):
            continue
        bounds = list(_bounds(span, kind))
        if bounds:
            condition.replace(exp.and_(condition.copy(), *bounds, copy=False))
            changed = True
    return changed


def _conditions(select: Select) -> Iterator[exp.Expr]:
    yield from conditions_of(select.tree)
    for join in select.tree.args.get("joins") or ():
        yield from conjuncts(join.args.get("on"))


def _bounds(span: Span, kind: str) -> Iterator[exp.Expr]:
    """A value isn't below what it is cut down to, and less than one unit above it."""
    low = _typed(span.low, kind, cast=span.cast)
    high = _typed(span.high, kind, cast=span.cast)
    if low is not None:
        yield exp.GTE(this=span.column.copy(), expression=low)
    if high is not None:
        number, unit = span.length.split()
        one_more = exp.Interval(this=exp.Literal.string(number), unit=exp.Var(this=unit))
        yield exp.LT(this=span.column.copy(), expression=exp.Add(this=high, expression=one_more))


def _typed(value: exp.Expr | None, kind: str, *, cast: bool) -> exp.Expr | None:
    """The value as it is compared with; None where its type isn't known to be the column's, or it changes."""
    if value is None or value.find(exp.Column, exp.Query, exp.Rand):
        return None
    if any(call.name.lower() in _CHANGING for call in value.find_all(exp.Anonymous)):
        return None
    wanted = exp.DType.DATE if cast else _TYPES[kind]
    inner = value.unnest()
    known = {wanted, exp.DType.DATE}
    if isinstance(inner, exp.Cast):
        if inner.to.this == wanted:
            return inner.copy()
        if inner.to.this not in known and kind != "timestamptz":
            return None
    elif not isinstance(inner, _UNTYPED) and kind != "timestamptz":
        return None
    return exp.Cast(this=inner.copy(), to=exp.DataType(this=wanted))


def _links(select: Select, source: Joined, structure: Partition) -> bool:
    if not select.is_plain:
        return False
    changed = False
    for other in tuple(select.tables.values()):
        if other.alias == source.alias or (source.left and other.left):
            continue
        for child, parent in ((source, other), (other, source)):
            for key in child.table.foreign_keys:
                if key.target == parent.table.name:
                    changed = _link(select, child, key, parent, structure) or changed
    return changed


def _link(select: Select, child: Joined, key: ForeignKey, parent: Joined, structure: Partition) -> bool:
    """Add the equality that is missing, where it is about the column and follows from the others."""
    joined = child if child.left else parent
    conditions = select.conditions(joined)
    links = {pair: _equality(conditions, child, parent, pair) for pair in _pairs(key)}
    missing = [pair for pair, link in links.items() if link is None]
    found = [(pair, link) for pair, link in links.items() if link is not None]
    if len(missing) != 1 or not _proves(child.table, key, parent.table, [theirs for (_, theirs), _ in found]):
        return False
    mine, theirs = missing[0]
    if (structure.table, structure.column) not in ((child.table.name, mine), (parent.table.name, theirs)):
        return False
    equal = exp.EQ(this=column(child.alias, mine), expression=column(parent.alias, theirs))
    link = found[-1][1]
    link.replace(exp.and_(link.copy(), equal, copy=False))
    return True


def _pairs(key: ForeignKey) -> list[tuple[str, str]]:
    return list(zip(key.columns, key.referenced, strict=True))


def _proves(child: Table, key: ForeignKey, parent: Table, joined: list[str]) -> bool:
    """True where the columns that are joined by find one parent, and every child has one."""
    always = (
        key.validated and not key.deferrable and all(child.by_name[name].not_null for name in key.columns)
    )
    return always and parent.is_unique(frozenset(joined))


def _equality(
    conditions: tuple[exp.Expr, ...], child: Joined, parent: Joined, pair: tuple[str, str]
) -> exp.Expr | None:
    ends = {(child.alias, pair[0]), (parent.alias, pair[1])}
    for condition in conditions:
        if isinstance(condition, exp.EQ):
            sides = [condition.this.unnest(), condition.expression.unnest()]
            if {(s.table, s.name) for s in sides if isinstance(s, exp.Column)} == ends:
                return condition
    return None
