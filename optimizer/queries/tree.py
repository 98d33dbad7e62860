"""SQL text to sqlglot's tree, its names resolved against the logical schema."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from optimizer.model.schema import Schema, Table
from optimizer.queries import parameters
from optimizer.queries.dialect import QueryDialect
from optimizer.queries.identity import SameSchema
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.quoting import quote_identifier

DIALECT = QueryDialect()

_Result = TypeVar("_Result")

_LIBRARY_ERRORS = (
    SqlglotError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # what it can't read comes as an error


def guarded(work: Callable[..., _Result], *args: Any) -> _Result:
    """The result of a call into sqlglot; whatever it stumbles on is UnreadableSql."""
    try:
        return work(*args)
    except UnreadableSql:
        raise
    except _LIBRARY_ERRORS as error:
        raise UnreadableSql(_first_line(error)) from error


def parse(sql: str, schema: Schema) -> exp.Expr:
    """The statement's tree: a query qualified, any other statement with its identifiers in their case.

    A parameter is a Placeholder of its name. What sqlglot can't read, or has no tree for (SET, REFRESH ...),
    is a Command that holds the text.
    """
    try:
        tree = unqualified(sql)
        return qualified(tree, schema) if isinstance(tree, exp.Query) else tree
    except UnreadableSql:
        return exp.Command(this=sql)


@lru_cache(maxsize=512)
def _parsed(sql: str) -> exp.Expr:
    quoted = parameters.replace(sql, lambda name: f':"{name}"')
    trees = [tree for tree in DIALECT.parse(quoted) if tree is not None]
    if len(trees) != 1:
        raise UnreadableSql("more than one statement in one text" if trees else "no statement")
    tree = trees[0]
    if not isinstance(tree, exp.Query | exp.DML | exp.Merge):
        raise UnreadableSql(f"{sql.split(maxsplit=1)[0].upper()} is a command that has no tree")
    normalized: exp.Expr = normalize_identifiers(tree, dialect=DIALECT)
    return normalized


def unqualified(sql: str) -> exp.Expr:
    """The statement's tree as it was written, for the caller to change; UnreadableSql where it has none."""
    tree: exp.Expr = guarded(_parsed, sql).copy()
    return tree


def qualified(tree: exp.Expr, schema: Schema) -> exp.Expr:
    """A copy of a query with its tables and columns qualified and stars expanded, where they are known."""
    return guarded(_qualify, tree.copy(), schema)


def flattened(tree: exp.Expr) -> exp.Expr:
    """A copy of a qualified query with derived tables and CTEs merged where PostgreSQL would pull them up.

    Where sqlglot can't, the tree itself.
    """
    try:
        merged: exp.Expr = guarded(merge_subqueries, tree.copy())
        return merged
    except UnreadableSql:
        return tree


def find_table(table: exp.Table, schema: Schema) -> Table | None:
    """The table of the schema that a tree's table stands for."""
    return schema.find(f"{table.db}.{table.name}" if table.db else table.name)


def identifier(name: str) -> exp.Identifier:
    """A name as it stands in a tree, quoted only where it has to be."""
    return exp.to_identifier(name, quoted=quote_identifier(name) != name)


def to_sql(tree: exp.Expr) -> str:
    """PostgreSQL's text of a tree, on one line, parameters as `:name`."""
    return tree.sql(DIALECT)


def pretty(sql: str) -> str:
    """A statement's text, broken into lines; as it stands where it has no tree."""
    try:
        text: str = unqualified(sql).sql(DIALECT, pretty=True)
    except UnreadableSql:
        return sql
    return text


def _qualify(tree: exp.Expr, schema: Schema) -> exp.Expr:
    for lock in tree.find_all(exp.Lock):
        lock.set("expressions", None)
    _place_tables(tree, schema)
    done: exp.Expr = qualify(
        tree,
        dialect=DIALECT,
        schema=_mapping(SameSchema(schema)),
        validate_qualify_columns=False,
        quote_identifiers=False,
    )
    _quote_outputs(done)
    return done


def _quote_outputs(tree: exp.Expr) -> None:
    """Quote the names of outputs in ORDER BY where they have to be: sqlglot puts them there unquoted."""
    for order in tree.find_all(exp.Order):
        for column in order.find_all(exp.Column):
            name = column.this
            if (
                not column.table
                and isinstance(name, exp.Identifier)
                and quote_identifier(name.name) != name.name
            ):
                name.set("quoted", True)


def _place_tables(tree: exp.Expr, schema: Schema) -> None:
    """Give every table its schema, so that only names of common table expressions stay without."""
    common = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        known = None if table.db or table.name in common else schema.find(table.name)
        if known:
            table.set("db", identifier(known.name.schema))


@lru_cache(maxsize=16)
def _mapping(key: SameSchema) -> MappingSchema:
    nested: dict[str, dict[str, object]] = {}
    for table in key.schema.tables:
        columns = {column.name: "unknown" for column in table.columns}
        nested.setdefault(table.name.schema, {})[table.name.name] = columns
    return MappingSchema({**nested}, dialect=DIALECT, normalize=False)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
