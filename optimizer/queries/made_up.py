"""Columns whose values a server makes up: where a statement gives none, or by what a statement writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Column, Schema
from optimizer.queries.evaluation import columns_of
from optimizer.queries.names import Names
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.reading import Reading, readings
from optimizer.queries.tree import guarded, qualified, to_sql

_MADE_UP = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|random|random_normal"
    r"|gen_random_uuid|gen_random_bytes|uuidv[47]|uuid_generate_v\w+|nextval|currval|lastval|txid_current"
    r"|pg_current_xact_id)\("
    r"|\b(CURRENT_(DATE|TIME|TIMESTAMP|USER|ROLE)|LOCALTIME|LOCALTIMESTAMP|SESSION_USER)\b",
    re.IGNORECASE,
)
_DEEPEST = 20
"""So many derived tables within each other are looked through."""

Place = tuple[TableName, str]


def made_up(column: Column) -> bool:
    """Whether the server makes the column's values up where a statement gives none (now(), sequences)."""
    return column.identity or bool(column.default and _MADE_UP.search(column.default))


def made_up_writes(queries: Iterable[Query], schema: Schema) -> dict[TableName, dict[str, str]]:
    """Why columns hold what the server made up, though they aren't `made_up` by themselves; by table.

    A statement writes now(), random() or the like there, or what comes from such a column; or the column is
    generated from one. Values that a subquery gives to several columns of SET at once aren't looked at.
    """
    known = {(table.name, one.name) for table in schema.tables for one in table.columns if made_up(one)}
    ways = [*_written(queries, schema), *_generated(schema)]
    found: dict[TableName, dict[str, str]] = {}
    while way := next((way for way in ways if way.into not in known and way.leads(known)), None):
        table, column = way.into
        found.setdefault(table, {})[column] = way.why
        known.add(way.into)
    return found


def not_compared(found: Mapping[TableName, Mapping[str, str]]) -> tuple[str, ...]:
    """A line for people for each of these columns."""
    return tuple(
        f"{table}.{column} after the writes: the server makes its values up ({why})"
        for table, columns in found.items()
        for column, why in columns.items()
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """How values come into a column: made up on the way, or from these other columns."""

    into: Place
    why: str
    made_up: bool
    sources: frozenset[Place]

    def leads(self, known: set[Place]) -> bool:
        return self.made_up or not self.sources.isdisjoint(known)


def _generated(schema: Schema) -> Iterator[_Way]:
    for table in schema.tables:
        for column in table.columns:
            if column.generated and column.default:
                sources = frozenset((table.name, name) for name in _columns_of(column.default))
                yield _Way((table.name, column.name), "it is generated from such a column", False, sources)


def _columns_of(expression: str) -> tuple[str, ...]:
    try:
        return guarded(columns_of, expression)
    except UnreadableSql:
        return ()


def _written(queries: Iterable[Query], schema: Schema) -> Iterator[_Way]:
    for query in queries:
        for statement in query.statements:
            try:
                found, _ = readings(statement.text, schema)
                ways = [way for reading in found for way in guarded(_ways, query.name, reading, schema)]
            except UnreadableSql:
                continue
            yield from ways


def _ways(query: str, reading: Reading, schema: Schema) -> list[_Way]:
    if reading.table is None:
        return []
    flow = _Flow(Names(qualified(reading.query, schema), schema, set()))
    return [
        _Way((reading.table.name, column), f"by {query}", *flow.of(value, 0))
        for branch in _branches(flow.names.scopes[-1])
        for value, column in zip(_outputs(branch), reading.into, strict=False)
        if column is not None
    ]


class _Flow:
    """Where the values of a query's expressions come from."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._scopes: dict[int, Scope] = {}
        for scope in names.scopes:  # the inner ones first: theirs are the columns that they hold
            for column in scope.columns:
                self._scopes.setdefault(id(column), scope)

    def of(self, value: exp.Expr, depth: int) -> tuple[bool, frozenset[Place]]:
        """Whether a value is made up within the query, and the tables' columns that it comes from."""
        value = value.unalias()
        made, sources = _is_volatile(value), frozenset[Place]()
        for column in value.find_all(exp.Column):
            for other, places in self._of_column(column, depth):
                made, sources = made or other, sources | places
        return made, sources

    def _of_column(self, column: exp.Column, depth: int) -> Iterator[tuple[bool, frozenset[Place]]]:
        holder = self.names.holder(self._scopes.get(id(column)), column.table)
        source = holder.sources.get(column.table) if holder else None
        table = self.names.table_of(source)
        if table is not None:
            yield False, frozenset({(table.name, column.name)})
        elif isinstance(source, Scope) and depth < _DEEPEST:
            for branch in _branches(source):
                for value in _outputs(branch):
                    if value.alias_or_name == column.name:
                        yield self.of(value, depth + 1)


def _branches(scope: Scope) -> Iterator[Scope]:
    """The SELECTs of a query: one, or those that UNION and its like put together."""
    if not scope.set_operation_scopes:
        yield scope
    for part in scope.set_operation_scopes:
        yield from _branches(part)


def _outputs(scope: Scope) -> list[exp.Expr]:
    return list(scope.expression.selects) if isinstance(scope.expression, exp.Query) else []


def _is_volatile(value: exp.Expr) -> bool:
    plain = value.copy()
    for literal in plain.find_all(exp.Literal):
        if literal.is_string:
            literal.set("this", "")
    return bool(_MADE_UP.search(to_sql(plain)))
