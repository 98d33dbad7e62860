"""How far back the workload's UPDATEs and DELETEs reach into a table's past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from sqlglot import exp

from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.moves.evidence import Statement
from optimizer.model.query import Query
from optimizer.model.schema import Table
from optimizer.queries.conditions import conjuncts
from optimizer.queries.facts import WriteKind
from optimizer.queries.shapes import MIRRORED
from optimizer.queries.time_buckets import width_of

_NOW_CALLS = frozenset({"now", "statement_timestamp", "clock_timestamp", "transaction_timestamp"})
_LOW, _HIGH = (exp.GT, exp.GTE), (exp.LT, exp.LTE)


class AnyAge(Exception):
    """A statement changes rows whose age it doesn't say; the text says which and how."""


def reach(evidence: HypertableEvidence, table: Table, column: str) -> timedelta:
    """The age of the oldest rows that are changed one by one; AnyAge where a statement doesn't say it.

    A DELETE of all rows before some time is no such change: it takes whole chunks away.
    """
    found = chain.from_iterable(_of_statement(one, table, column) for one in evidence.statements)
    return max(found, default=timedelta(0))


def _of_statement(statement: Statement, table: Table, column: str) -> Iterator[timedelta]:
    kinds = {write.kind for write in statement.facts.writes if write.table == table.name}
    name = statement.query.name
    if kinds >= {WriteKind.INSERT, WriteKind.UPDATE}:
        raise AnyAge(f"{name} updates the rows that are there already, of whatever age")
    if not kinds & {WriteKind.UPDATE, WriteKind.DELETE}:
        return
    conditions = list(_conditions(statement, table))
    ages = [age for one in conditions if (age := _oldest(one, column, statement.query)) is not None]
    if ages:
        yield min(ages)
    elif WriteKind.UPDATE in kinds or not conditions or not all(_ends(one, column) for one in conditions):
        verb = "updates" if WriteKind.UPDATE in kinds else "deletes"
        raise AnyAge(f"{name} {verb} rows without saying how old they are at most, by {column} > now() - ...")


def _conditions(statement: Statement, table: Table) -> Iterator[exp.Expr]:
    for names in statement.names:
        for scope in names.scopes:
            if any(found.name == table.name for _, found in names.tables(scope).values()):
                where = scope.expression.args.get("where")
                yield from conjuncts(where.this if where else None)


def _oldest(condition: exp.Expr, column: str, query: Query) -> timedelta | None:
    """The age of `column > now() - INTERVAL '1 day'`; None for any other condition."""
    compared = _compared(condition, column)
    if compared is None or compared[0] not in _LOW:
        return None
    bound = compared[1].unnest()
    if _is_now(bound, query):
        return timedelta(0)
    if not isinstance(bound, exp.Sub) or not _is_now(bound.this.unnest(), query):
        return None
    try:
        width = width_of(bound.expression)
    except ValueError:
        return None
    return width.as_timedelta() if width is not None else None


def _ends(condition: exp.Expr, column: str) -> bool:
    """True for `column < x`, which all older rows meet."""
    compared = _compared(condition, column)
    return compared is not None and compared[0] in _HIGH and compared[1].find(exp.Column) is None


def _compared(condition: exp.Expr, column: str) -> tuple[type[exp.Expr], exp.Expr] | None:
    """The comparison as if the column stood on its left, and what it is compared with."""
    if not isinstance(condition, (*_LOW, *_HIGH)):
        return None
    kind: type[exp.Expr] = type(condition)
    left, right = condition.this.unnest(), condition.expression
    if not isinstance(left, exp.Column):
        left, right, kind = right.unnest(), left, MIRRORED[kind]
    return (kind, right) if isinstance(left, exp.Column) and left.name == column else None


def _is_now(tree: exp.Expr, query: Query) -> bool:
    inner = tree.this.unnest() if isinstance(tree, exp.Cast) else tree
    if isinstance(inner, exp.Placeholder):
        spec = query.params.get(inner.name)
        return spec is not None and spec.kind == "now"
    call = isinstance(inner, exp.Anonymous) and inner.name.lower() in _NOW_CALLS
    return call or isinstance(inner, exp.CurrentTimestamp | exp.CurrentDate | exp.Localtimestamp)
