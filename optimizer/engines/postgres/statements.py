"""What runs on PostgreSQL for a query: its statements with numbered parameters. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import ForeignKey, Schema
from optimizer.queries import parameters
from optimizer.queries.extract import facts
from optimizer.queries.facts import ParameterUse, Write, WriteKind
from optimizer.queries.quoting import quote_identifier, quote_table


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1`, `$2` ..., and the names of the parameters in that order."""

    sql: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A query as it runs: `statements` in order; `checks` are what the server does unseen.

    A check is the search for children that a foreign key's trigger makes when a parent is deleted: it
    shows in no plan, but an index decides what it costs.
    """

    statements: tuple[Statement, ...]
    checks: tuple[Statement, ...]
    is_write: bool


def compile_query(query: Query, schema: Schema) -> Program:
    """The program of `query`; any SQL that PostgreSQL takes is passed on unchanged."""
    known = [facts(source.text, schema) for source in query.statements]
    checks = tuple(
        check
        for fact in known
        for write in fact.writes
        for check in _foreign_key_checks(write, fact.parameters, schema)
    )
    return Program(
        tuple(numbered(source.text) for source in query.statements),
        checks,
        any(fact.is_write or not fact.complete for fact in known),
    )


def numbered(sql: str) -> Statement:
    """`:name` parameters turned into `$n`, each name having one number."""
    order = parameters.names(sql)
    number = {name: f"${place}" for place, name in enumerate(order, start=1)}
    return Statement(parameters.replace(sql, number.__getitem__), order)


def _foreign_key_checks(
    write: Write, uses: tuple[ParameterUse, ...], schema: Schema
) -> tuple[Statement, ...]:
    if write.kind is not WriteKind.DELETE:
        return ()
    given = {use.column: use.name for use in uses if use.table == write.table and use.role == "compared"}
    return tuple(
        _check(table.name, key, given)
        for table in schema.tables
        for key in table.foreign_keys
        if key.target == write.table and all(column in given for column in key.referenced)
    )


def _check(child: TableName, key: ForeignKey, given: dict[str | None, str]) -> Statement:
    names = [given[column] for column in key.referenced]
    columns = enumerate(map(quote_identifier, key.columns), start=1)
    condition = " AND ".join(f"{column} = ${n}" for n, column in columns)
    return Statement(f"SELECT 1 FROM ONLY {quote_table(child)} WHERE {condition}", tuple(names))  # noqa: S608
