"""A query of the workload as a Program: its statements compiled, or what it says under `mongo:` itself.

Under `mongo:` a query that reads may give its own operation, valid where no structure touches the
collections that it reads:

    mongo: {find: orders, filter: {user_id: ":user_id"}, sort: {created_at: -1}, limit: 20}
    mongo: {aggregate: orders, pipeline: [{$match: {status: ":status"}}, ...]}

A string that is `:name` and nothing else is that parameter. Fields of the result are the columns of the
answer, in the order of `columns` where it is given (a list of names), else as the last projection has them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.block import Context
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.overrides import overridden
from optimizer.engines.mongo.compile.security import secured
from optimizer.engines.mongo.compile.select import compile_select
from optimizer.engines.mongo.compile.touched import collections_of
from optimizer.engines.mongo.compile.writes import compile_writes
from optimizer.engines.mongo.locks import NO_LOCKS, Locks
from optimizer.engines.mongo.program import Program, Statement
from optimizer.model.query import Query
from optimizer.model.workload import SessionSettings
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import unqualified

ENGINE = "mongo"
_NO_SETTINGS = SessionSettings()


def compile_query(
    query: Query,
    layout: Layout,
    settings: SessionSettings = _NO_SETTINGS,
    relax: frozenset[str] = frozenset(),
    locks: Locks = NO_LOCKS,
) -> Program:
    """What runs for a query on a layout; NotCompiled where a statement isn't in the subset.

    `relax` are the names of constraints that needn't be kept; `locks` say what the other statements change,
    nothing by default. Compiling takes milliseconds: keep the result.
    """
    context = Context(layout, secured(layout.schema, settings), locks=locks)
    override = query.overrides.get(ENGINE)
    if override is not None:
        return _program((overridden(query, override, layout),), is_write=False, transaction=False)
    trees = [_tree(statement.text) for statement in query.statements]
    if all(isinstance(tree, exp.Query) for tree in trees):
        reads = tuple(compile_select(tree, layout, context.secured) for tree in trees)
        return _program(reads, is_write=False, transaction=len(reads) > 1)
    written = compile_writes(trees, context, relax)
    return _program(written.statements, is_write=True, transaction=written.transaction)


def _tree(sql: str) -> exp.Expr:
    try:
        return unqualified(sql)
    except UnreadableSql as error:
        raise NotCompiled(sql.strip(), str(error)) from error


def _program(statements: Sequence[Statement], *, is_write: bool, transaction: bool) -> Program:
    operations = [operation for statement in statements for operation in statement.operations]
    return Program(tuple(statements), is_write, transaction, collections_of(operations))
