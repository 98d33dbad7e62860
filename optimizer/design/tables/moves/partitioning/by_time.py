"""Partitions by spans of time: a statement that asks for a span reads only those that it meets."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.offering import offered, refused, why_not
from optimizer.design.tables.moves.partitioning.reading import Reading, reading
from optimizer.design.tables.moves.partitioning.spread import rows, times
from optimizer.design.tables.moves.partitioning.steps import DAYS, MOST, fitting, starts
from optimizer.model.schema import Table
from optimizer.model.tables import RANGE, Partition
from optimizer.queries.expressions import read_expression
from optimizer.queries.facts import Operator, Predicate
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.spans import cut_down, span_of
from optimizer.queries.tree import unqualified

ROWS_EACH = 1_000
"""Rows of a partition at least, on average."""

_TYPES = frozenset({"timestamp", "timestamptz", "date"})
_OPERATORS = frozenset({Operator.RANGE, Operator.EQUAL, Operator.IN})
_UNIT_DAYS = {"HOUR": 1 / 24, **{unit.upper(): days for unit, days in DAYS.items()}}


def by_time(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """For each table the time column by which the largest share of the mix asks for a part."""
    for table in evidence.schema.tables:
        found = {
            column.name: reading(evidence, table, column.name, _narrows)
            for column in table.columns
            if column.type.base in _TYPES and not column.type.array
        }
        column = max(found, key=lambda name: found[name].share, default=None)
        if column is not None and found[column].part:
            yield _offer(evidence, table, column, found[column])


def _offer(evidence: TableEvidence, table: Table, column: str, found: Reading) -> Offer | LeftOut:
    reason = why_not(evidence, table, table.by_name[column])
    if reason:
        return refused(table, column, "by spans of", reason, found)
    span, count = times(evidence, table, column), rows(evidence, table)
    step = fitting(span.first, span.last, count, ROWS_EACH, _wanted_days(found, column)) if span else None
    if span is None or step is None:
        reason = f"no step gives 2 to {MOST} partitions of {ROWS_EACH:,} rows"
        return refused(table, column, "by spans of", reason, found)
    bounds = tuple(day.isoformat() for day in starts(span.first, span.last, step))
    return offered(
        evidence,
        table,
        Partition(table.name, RANGE, column, bounds, step),
        found,
        _retention(evidence, table),
    )


def _narrows(predicate: Predicate, column: str) -> bool:
    """By the column itself, or by a span that it is cut down to: the rewriting makes a range of that."""
    if predicate.operator not in _OPERATORS:
        return False
    if predicate.term.column == column:
        return True
    try:
        found = cut_down(read_expression(predicate.term.expression))
    except UnreadableSql:
        return False
    return found is not None and found[0].name == column


def _wanted_days(found: Reading, column: str) -> float | None:
    """The shortest span that is asked for, as far as the statements say one; None where they don't."""
    asked = [
        days for use in found.part for source in use.query.statements for days in _spans(source.text, column)
    ]
    return min(asked, default=None)


def _spans(sql: str, column: str) -> Iterator[float]:
    """The lengths that a statement says; none where it can't be read, as SET beside a query can't."""
    try:
        tree = unqualified(sql)
    except UnreadableSql:
        return
    for condition in tree.find_all(exp.Predicate, exp.Between):
        span = span_of(condition)
        if span is not None and span.column.name == column:
            yield DAYS[span.unit]
        if any(part.name == column for part in condition.find_all(exp.Column)):
            yield from (days for interval in condition.find_all(exp.Interval) if (days := _days(interval)))


def _days(interval: exp.Interval) -> float | None:
    """The length of INTERVAL '3 months'; None where it isn't a number of such units."""
    unit = interval.args.get("unit")
    number = interval.this
    if unit is None or not isinstance(number, exp.Literal):
        return None
    each = _UNIT_DAYS.get(unit.name.upper().removesuffix("S"))
    try:
        return float(number.this) * each if each else None
    except ValueError:
        return None


def _retention(evidence: TableEvidence, table: Table) -> str:
    kept = {evidence.schema.find(name): seconds for name, seconds in evidence.workload.retention}
    seconds = kept.get(table)
    return f"rows older than {seconds / 86_400:g} days go with their partition" if seconds else ""
