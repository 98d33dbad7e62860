"""The statements of a query that writes, as operations: keys, copies, totals and embedded rows are kept.

What a program inserts first is known to its later statements: a parent that it has inserted itself isn't
looked for, and a row that is embedded in such a parent goes into the document before that is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlglot import exp

from optimizer.engines.mongo.compile.block import Context
from optimizer.engines.mongo.compile.errors import WRITE_ADVICE, NotCompiled
from optimizer.engines.mongo.compile.select import compile_select
from optimizer.engines.mongo.compile.writing.deletes import delete
from optimizer.engines.mongo.compile.writing.draft import Draft, Inserted, is_answer, writes
from optimizer.engines.mongo.compile.writing.inserts import insert
from optimizer.engines.mongo.compile.writing.updates import update
from optimizer.engines.mongo.program import Delete, Draw, Insert, Operation, Statement, Update
from optimizer.model.schema import Table
from optimizer.queries.tree import find_table


@dataclass(frozen=True)
class Written:
    """The statements of a query that writes; `transaction` as Program has it."""

    statements: tuple[Statement, ...]
    transaction: bool


def compile_writes(
    trees: Sequence[exp.Expr], context: Context, relax: frozenset[str] = frozenset()
) -> Written:
    """What runs for the statements of one query, in order, some of which may read."""
    try:
        statements = _statements(trees, context, relax)
    except NotCompiled as gap:
        raise NotCompiled(gap.node, gap.why, WRITE_ADVICE) from gap
    operations = [operation for statement in statements for operation in statement.operations]
    return Written(tuple(statements), needs_transaction(operations))


def _statements(trees: Sequence[exp.Expr], context: Context, relax: frozenset[str]) -> list[Statement]:
    inserted: list[Inserted] = []
    required: set[str] = set()
    locked: set[str] = set()
    numbers = count(1)
    statements = []
    for tree in trees:
        if isinstance(tree, exp.Query):
            statements.append(compile_select(tree, context.layout, context.secured))
            continue
        draft = Draft(context, relax, inserted, required, locked, numbers)
        _write(tree, draft)
        statements.append(Statement(tuple(draft.operations), draft.outputs))
    return statements


def needs_transaction(operations: Sequence[Operation]) -> bool:
    """True for more than one write of one document, or one that is guarded or read beside."""
    written = writes(operations)
    beside = [one for one in operations if not isinstance(one, Draw | Insert | Update | Delete)]
    reads_only_after = all(is_answer(one) for one in beside) and len(written) == 1
    return len(written) > 1 or any(map(_is_many, written)) or bool(beside and not reads_only_after)


def _is_many(operation: Insert | Update | Delete) -> bool:
    return len(operation.documents) > 1 if isinstance(operation, Insert) else operation.many


def _write(tree: exp.Expr, draft: Draft) -> None:
    table = _target(tree, draft)
    if tree.args.get("with_") is not None:
        raise NotCompiled(tree, "WITH before a write")
    match tree:
        case exp.Insert():
            insert(tree, table, draft)
        case exp.Update():
            update(tree, table, draft)
        case exp.Delete():
            delete(tree, table, draft)
        case _:
            raise NotCompiled(tree, "INSERT, UPDATE and DELETE are the writes that are known")


def _target(tree: exp.Expr, draft: Draft) -> Table:
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    table = find_table(node, draft.layout.schema) if isinstance(node, exp.Table) else None
    if table is None:
        raise NotCompiled(tree, "no table of the schema")
    return table
