"""What runs on PostgreSQL for a query: its statements with numbered parameters. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optimizer.engines.postgres.structures.realisation import Spread
from optimizer.model.query import Query
from optimizer.model.schema import ForeignKey, Schema, Table, TableKind
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

    A check is the search for children that a foreign key's trigger makes when a parent is deleted, or a
    copy's when it is updated: it shows in no plan, but an index decides what it costs.
    """

    statements: tuple[Statement, ...]
    checks: tuple[Statement, ...]
    is_write: bool


def compile_query(query: Query, schema: Schema, spread: Sequence[Spread] = ()) -> Program:
    """The program of `query`; any SQL that PostgreSQL takes is passed on unchanged.

    `spread` is what triggers of the schema's structures look for when a parent is updated.
    """
    known = [facts(source.text, schema) for source in query.statements]
    checks = tuple(
        check
        for fact in known
        for write in fact.writes
        for check in _checks(write, fact.parameters, schema, spread)
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


def _checks(
    write: Write, uses: tuple[ParameterUse, ...], schema: Schema, spread: Sequence[Spread]
) -> tuple[Statement, ...]:
    given = {use.column: use.name for use in uses if use.table == write.table and use.role == "compared"}
    return tuple(
        _check(child, key, given)
        for child, key in _searched(write, schema, spread)
        if all(column in given for column in key.referenced)
    )


def _searched(write: Write, schema: Schema, spread: Sequence[Spread]) -> Iterator[tuple[Table, ForeignKey]]:
    """The children that are looked for: by a foreign key's trigger, or by one that keeps copies."""
    if write.kind is WriteKind.DELETE:
        for table in schema.tables:
            yield from ((table, key) for key in table.foreign_keys if key.target == write.table)
    if write.kind is WriteKind.UPDATE:
        for one in spread:
            if one.parent == write.table and one.columns & set(write.columns):
                yield schema.by_name[one.child], one.key


def _check(child: Table, key: ForeignKey, given: dict[str | None, str]) -> Statement:
    names = [given[column] for column in key.referenced]
    columns = enumerate(map(quote_identifier, key.columns), start=1)
    condition = " AND ".join(f"{column} = ${n}" for n, column in columns)
    only = "" if child.kind is TableKind.PARTITIONED else "ONLY "
    search = f"SELECT 1 FROM {only}{quote_table(child.name)} WHERE {condition}"  # noqa: S608 - names, quoted
    return Statement(search, tuple(names))
