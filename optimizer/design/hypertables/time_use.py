"""What statements do with a table's times: which spans they ask for, in which order, and what is appended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from optimizer.design.moves.evidence import Evidence, Statement
from optimizer.design.moves.offer import Use, share
from optimizer.design.tables.moves.partitioning.reading import reading
from optimizer.design.tables.moves.partitioning.steps import DAYS
from optimizer.model.query import Query
from optimizer.model.schema import Table
from optimizer.queries.base_types import truncated
from optimizer.queries.conditions import conjuncts
from optimizer.queries.expressions import read_expression
from optimizer.queries.facts import Block, Operator, Predicate, WriteKind
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.spans import span_of
from optimizer.queries.time_buckets import is_bucket, width_of

_OPERATORS = frozenset({Operator.RANGE, Operator.EQUAL, Operator.IN})
_MADE_NOW = frozenset({"new", "now"})


@dataclass(frozen=True)
class TimeUse:
    """What chunks of a time column would mean: who gains, who searches all of them.

    `asked_s` is the span that half of the reads by a span, by their share, don't exceed; None where no
    statement says one. `is_read`: some statement reads by the column, not only appends.
    """

    gains: tuple[Use, ...]
    costs: tuple[Use, ...]
    asked_s: float | None
    is_read: bool

    @property
    def share(self) -> float:
        """The share of the mix that gains."""
        return share(self.gains)


def time_use(evidence: Evidence, table: Table, column: str) -> TimeUse:
    """How the workload's statements use a time column."""
    found = reading(evidence, table, column, _narrows)
    read = [Use(use.query, "some chunks are read by") for use in found.part]
    read += _ordered(evidence, table, column)
    if not read:
        read += _grouped(evidence, table, column)
    gains = _each_once((*read, *_appended(evidence, table, column)))
    names = {use.query.name for use in gains}
    whole = (Use(use.query, "all chunks are searched by") for use in found.whole)
    costs = _each_once(tuple(use for use in whole if use.query.name not in names))
    return TimeUse(gains, costs, _asked_s(evidence, table, column), bool(read))


def is_over(expression: str, column: str) -> bool:
    """True for a time column itself, and for a span or a bucket that it is cut down to."""
    try:
        tree = read_expression(expression).unnest()
    except UnreadableSql:
        return False
    while (moment := truncated(tree)) is not None:
        tree = moment.unnest()
    return isinstance(tree, exp.Column) and tree.name == column


def _narrows(predicate: Predicate, column: str) -> bool:
    return predicate.operator in _OPERATORS and is_over(predicate.term.expression, column)


def _ordered(evidence: Evidence, table: Table, column: str) -> Iterator[Use]:
    """Those that read as many rows as they need in the order of time."""
    for statement, block, alias in _blocks(evidence, table):
        first = block.order[0].term if block.order and block.limited else None
        if first and first.alias == alias and is_over(first.expression, column):
            yield Use(statement.query, "read in order of time by")


def _grouped(evidence: Evidence, table: Table, column: str) -> Iterator[Use]:
    for statement, block, alias in _blocks(evidence, table):
        if any(term.alias == alias and is_over(term.expression, column) for term in block.groups):
            yield Use(statement.query, "grouped by time in")


def _appended(evidence: Evidence, table: Table, column: str) -> Iterator[Use]:
    """Those that insert rows of the present."""
    for statement in evidence.statements:
        kinds = {write.kind for write in statement.facts.writes if write.table == table.name}
        if kinds == {WriteKind.INSERT} and _is_new(statement, table, column):
            yield Use(statement.query, "appended to by")


def _is_new(statement: Statement, table: Table, column: str) -> bool:
    """True where no time that is inserted is one of the past, as far as the workload says."""
    given = [
        use.name for use in statement.facts.parameters if (use.table, use.column) == (table.name, column)
    ]
    kinds = {statement.query.params[name].kind for name in given if name in statement.query.params}
    return kinds <= _MADE_NOW and all(name in statement.query.params for name in given)


def _blocks(evidence: Evidence, table: Table) -> Iterator[tuple[Statement, Block, str]]:
    for statement in evidence.statements:
        for block in statement.facts.blocks:
            for source in block.sources:
                if source.table == table.name:
                    yield statement, block, source.alias


def _asked_s(evidence: Evidence, table: Table, column: str) -> float | None:
    """The median of the spans that are asked for, weighted by the shares of their queries."""
    longest: dict[str, tuple[float, Query]] = {}
    for statement in evidence.statements:
        for seconds in _spans(statement, table, column):
            known = longest.get(statement.query.name)
            if known is None or known[0] < seconds:
                longest[statement.query.name] = seconds, statement.query
    asked = sorted((seconds, query.share) for seconds, query in longest.values())
    half, passed = sum(part for _, part in asked) / 2, 0.0
    for seconds, part in asked:
        passed += part
        if passed >= half:
            return seconds
    return None


def _spans(statement: Statement, table: Table, column: str) -> Iterator[float]:
    """The lengths that conditions on the column say."""
    for names in statement.names:
        for scope in names.scopes:
            own = {name for name, (_, found) in names.tables(scope).items() if found.name == table.name}
            where = scope.expression.args.get("where")
            joins = scope.expression.args.get("joins") or ()
            for tree in (where.this if where else None, *(join.args.get("on") for join in joins)):
                for condition in conjuncts(tree):
                    if any(
                        (c.table in own, c.name) == (True, column) for c in condition.find_all(exp.Column)
                    ):
                        yield from _lengths(condition)


def _lengths(condition: exp.Expr) -> Iterator[float]:
    span = span_of(condition)
    if span is not None:
        yield DAYS[span.unit] * 86_400
    for node in condition.find_all(exp.Interval, exp.Cast, exp.Anonymous):
        width = _width(node.expressions[0] if is_bucket(node) and node.expressions else node)
        if width:
            yield width


def _width(tree: exp.Expr) -> float | None:
    """The seconds of an interval that is written out; None for anything else."""
    if isinstance(tree, exp.Anonymous | exp.Column) or (
        isinstance(tree, exp.Cast) and not tree.to.is_type("interval")
    ):
        return None
    try:
        found = width_of(tree)
    except ValueError:
        return None
    return abs(found.as_timedelta().total_seconds()) if found else None


def _each_once(uses: tuple[Use, ...]) -> tuple[Use, ...]:
    return tuple({use.query.name: use for use in reversed(uses)}.values())[::-1]
