"""Every statement as queries: the part of an INSERT, UPDATE, DELETE or MERGE that reads, as a SELECT.

sqlglot resolves names in queries only, so `UPDATE t SET a = x FROM u WHERE c` is read as
`SELECT x FROM t, u WHERE c`, with the note that its first column goes into `t.a`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from optimizer.model.schema import Schema, Table
from optimizer.queries.facts import Write, WriteKind
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import find_table, unqualified

EXCLUDED = "excluded"
RETURNED = "returned"
"""The mark of a table that only stands for what a data-modifying WITH gives out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query that a statement holds.

    `into` says, for each of the query's first columns, which column of `table` it is written to (None: it
    is only returned). `finds_rows` is False where the query's outermost SELECT is no access of its own: what
    ON CONFLICT and WHEN do. `conflict` are the columns that ON CONFLICT names.
    """

    query: exp.Query
    table: Table | None = None
    into: tuple[str | None, ...] = ()
    finds_rows: bool = True
    conflict: tuple[str, ...] = ()
    nested: bool = False  # within a WITH: its own common table expressions are read elsewhere


def readings(sql: str, schema: Schema) -> tuple[tuple[Reading, ...], tuple[Write, ...]]:
    """The queries and the writes of a statement; UnreadableSql where it has no tree."""
    tree = unqualified(sql)
    found: list[Reading] = []
    writes: list[Write] = []
    for cte in list(tree.find_all(exp.CTE)):
        if isinstance(cte.this, exp.DML | exp.Merge):
            with_ = tree.args.get("with_")
            found += [_within(reading, with_, cte) for reading in _read(cte.this, schema)]
            writes += _writes(cte.this, schema)
            cte.set("this", _returned(cte.this))
    found += _read(tree, schema)
    return tuple(found), (*writes, *_writes(tree, schema))


def _within(reading: Reading, with_: exp.With | None, own: exp.CTE) -> Reading:
    query = reading.query
    earlier = [cte.copy() for cte in (with_.expressions if with_ else []) if cte.alias != own.alias]
    plain = [cte for cte in earlier if isinstance(cte.this, exp.Query)]
    if plain and not query.args.get("with_"):
        query.set("with_", exp.With(expressions=plain))
    return Reading(query, reading.table, reading.into, reading.finds_rows, reading.conflict, nested=True)


def _read(tree: exp.Expr, schema: Schema) -> Iterator[Reading]:
    match tree:
        case exp.Insert():
            yield from _read_insert(tree, schema)
        case exp.Update():
            yield _read_update(tree, schema)
        case exp.Delete():
            sources = [tree.this, *(tree.args.get("using") or [])]
            yield Reading(_select([*_returning(tree), exp.Literal.number(1)], sources, tree))
        case exp.Merge():
            yield from _read_merge(tree, schema)
        case exp.Query():
            yield Reading(tree.copy())


def _read_update(tree: exp.Update, schema: Schema) -> Reading:
    source = tree.args.get("from_")
    values, into = _assignments(tree.expressions)
    sources = [tree.this, *([source.this] if source else [])]
    query = _select([*values, *_returning(tree), exp.Literal.number(1)], sources, tree)
    return Reading(query, find_table(tree.this, schema), tuple(into))


def _read_insert(tree: exp.Insert, schema: Schema) -> Iterator[Reading]:
    target = _target(tree)
    table = find_table(target, schema)
    columns = _columns(tree, table)
    conflict = tree.args.get("conflict")
    keys = tuple(c.name for key in _conflict_keys(conflict) for c in key.find_all(exp.Column))
    body = tree.expression
    if isinstance(body, exp.Values):
        cells = [(cell, column) for row in body.expressions for cell, column in _cells(row, columns)]
        query = _select([cell for cell, _ in cells], [], tree)
        yield Reading(query, table, tuple(column for _, column in cells), True, keys)
    elif isinstance(body, exp.Query):
        body_query = body.copy()
        if tree.args.get("with_") and not body_query.args.get("with_"):
            body_query.set("with_", tree.args["with_"].copy())
        yield Reading(body_query, table, columns, True, keys)
    if conflict and conflict.expressions:
        yield _read_conflict(conflict, target, table)


def _read_conflict(conflict: exp.OnConflict, target: exp.Table, table: Table | None) -> Reading:
    values, into = _assignments(conflict.expressions)
    excluded = exp.Table(this=target.this.copy(), db=_copied(target.args.get("db")))
    excluded.set("alias", exp.TableAlias(this=exp.to_identifier(EXCLUDED)))
    query = _select([*values, exp.Literal.number(1)], [target, excluded], conflict)
    own = exp.to_identifier(target.alias or target.name)
    for column in query.find_all(exp.Column):
        if not column.table:
            column.set("table", own.copy())
    return Reading(query, table, tuple(into), finds_rows=False)


def _read_merge(tree: exp.Merge, schema: Schema) -> Iterator[Reading]:
    table = find_table(tree.this, schema)
    using = tree.args["using"]
    query = _select([exp.Literal.number(1)], [tree.this, using], tree)
    yield Reading(query.where(tree.args["on"].copy(), copy=False), table)
    for when in tree.args["whens"].expressions:
        then = when.args["then"]
        if isinstance(then, exp.Update):
            values, into = _assignments(then.expressions)
        elif isinstance(then, exp.Insert) and isinstance(then.expression, exp.Tuple):
            values = list(then.expression.expressions)
            into = [c.name for c in then.this.expressions] if then.this else list(_all_columns(table))
        else:
            continue
        written = _select([*values, exp.Literal.number(1)], [tree.this, using], tree)
        yield Reading(written, table, tuple(into), finds_rows=False)


def _writes(tree: exp.Expr, schema: Schema) -> list[Write]:
    if not isinstance(tree, exp.DML | exp.Merge):
        return []
    table = find_table(_target(tree), schema)
    if table is None:
        return []
    everything = tuple(column.name for column in table.columns)
    match tree:
        case exp.Insert():
            changed = _updated(tree.args["conflict"].expressions) if tree.args.get("conflict") else ()
            also = [Write(WriteKind.UPDATE, table.name, changed)] if changed else []
            return [Write(WriteKind.INSERT, table.name, everything), *also]
        case exp.Update():
            return [Write(WriteKind.UPDATE, table.name, _updated(tree.expressions))]
        case exp.Merge():
            actions = [when.args["then"] for when in tree.args["whens"].expressions]
            return [_merge_write(action, table) for action in actions if action.name != "DO NOTHING"]
    return [Write(WriteKind.DELETE, table.name, everything)]


def _merge_write(then: exp.Expr, table: Table) -> Write:
    everything = tuple(column.name for column in table.columns)
    match then:
        case exp.Update():
            return Write(WriteKind.UPDATE, table.name, _updated(then.expressions))
        case exp.Insert():
            return Write(WriteKind.INSERT, table.name, everything)
    return Write(WriteKind.DELETE, table.name, everything)


def _updated(assignments: Sequence[exp.Expr]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in _assignments(assignments)[1] if name))


def _assignments(assignments: Sequence[exp.Expr]) -> tuple[list[exp.Expr], list[str | None]]:
    """The values of SET, and the column that each goes into (None for a row's subquery)."""
    values: list[exp.Expr] = []
    into: list[str | None] = []
    for assignment in assignments:
        left, right = assignment.this, assignment.expression
        if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
            values += right.expressions
            into += [column.name for column in left.expressions]
        else:
            values.append(right)
            into.append(None if isinstance(left, exp.Tuple) else left.name)
    return values, into


def _select(projections: Sequence[exp.Expr], sources: Sequence[exp.Expr], statement: exp.Expr) -> exp.Select:
    values = [exp.Literal.number(1) if isinstance(p, exp.Var) else p.copy() for p in projections]
    query = exp.Select(expressions=values)
    if sources:
        query.set("from_", exp.From(this=sources[0].copy()))
        query.set("joins", [exp.Join(this=source.copy()) for source in sources[1:]])
    for part in ("where", "with_"):
        if statement.args.get(part):
            query.set(part, statement.args[part].copy())
    return query


def _returned(tree: exp.Expr) -> exp.Select:
    """What a WITH's data-modifying statement gives to the others."""
    target = _target(tree).copy()
    target.meta[RETURNED] = True
    return _select(_returning(tree) or [exp.Literal.number(1)], [target], exp.Select())


def _target(tree: exp.Expr) -> exp.Table:
    target = tree.this
    inner = target.this if isinstance(target, exp.Schema) else target
    if not isinstance(inner, exp.Table):
        raise UnreadableSql(f"{type(inner).__name__} is written to")
    return inner


def _returning(tree: exp.Expr) -> list[exp.Expr]:
    returning = tree.args.get("returning")
    return list(returning.expressions) if returning else []


def _conflict_keys(conflict: exp.OnConflict | None) -> list[exp.Expr]:
    return list(conflict.args.get("conflict_keys") or []) if conflict else []


def _columns(tree: exp.Insert, table: Table | None) -> tuple[str, ...]:
    if isinstance(tree.this, exp.Schema):
        return tuple(column.name for column in tree.this.expressions)
    return _all_columns(table)


def _all_columns(table: Table | None) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns) if table else ()


def _cells(row: exp.Expr, columns: tuple[str, ...]) -> list[tuple[exp.Expr, str | None]]:
    cells = row.expressions if isinstance(row, exp.Tuple) else [row]
    padded: tuple[str | None, ...] = (*columns, *[None] * len(cells))
    return list(zip(cells, padded, strict=False))


def _copied(node: exp.Expr | None) -> exp.Expr | None:
    return node.copy() if node else None
