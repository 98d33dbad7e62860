"""What a table's keys would lose if they had to hold the column by which it is partitioned.

A unique index of a partitioned table holds that column (PostgreSQL's manual, 5.12.2.3): rows of different
partitions aren't compared with each other.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from optimizer.design.moves.evidence import Evidence
from optimizer.design.tables.evidence import ENGINE
from optimizer.model.query import Query
from optimizer.model.schema import Column, Key, Table, TableKind
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.tree import find_table, unqualified


def obstacle(evidence: Evidence, table: Table, column: Column) -> str:
    """Why the table can't be partitioned by the column; empty where its integrity stays, or is given up."""
    if table.kind is TableKind.PARTITIONED:
        return "it is partitioned already"
    if column.generated:
        return f"{column.name} is a generated column"
    whole = next(
        (q.name for q in evidence.workload.queries if _names_what_is_stored(evidence, q, table)), None
    )
    if whole is not None:
        return f"{whole} says ONLY, or asks where its rows are stored (ctid, tableoid)"
    grown = [key for key in table.keys if column.name not in key.columns]
    for key in grown:
        reason = _of_key(evidence, table, column, key)
        if reason:
            return reason
    return next(_of_statements(evidence, table, grown), "") if grown else ""


def _of_key(evidence: Evidence, table: Table, column: Column, key: Key) -> str:
    if not key.columns:
        return f"its unique index {key.name} is over an expression"
    if key.where:
        return f"its unique index {key.name} is partial, and couldn't hold {column.name} too"
    for relation in evidence.referring(table.name):
        if set(relation.key.referenced) == set(key.columns):
            return (
                f"{relation.child.name} refers to it by {', '.join(key.columns)}, "
                f"which wouldn't be unique any more without {column.name}"
            )
    same = next((k.name for k in table.keys if k.columns == (*key.columns, column.name)), None)
    if same is not None:
        return f"its key {key.name} with {column.name} would be the same as {same}"
    if key.primary and not column.not_null:
        return f"its key {key.name} would have to hold {column.name}, which may be null"
    if evidence.is_relaxed(table, key.name):
        return ""
    return (
        f"its key {key.name} would have to hold {column.name} too, and nothing would keep "
        f"{', '.join(key.columns)} unique: name {key.name} under `relax` to accept that"
    )


def _names_what_is_stored(evidence: Evidence, query: Query, table: Table) -> bool:
    """True for `FROM ONLY t`, which reads no partition, and for what changes with the partitions."""
    for source in query.statements:
        try:
            tree = unqualified(source.text)
        except UnreadableSql:
            continue
        own = [t for t in tree.find_all(exp.Table) if find_table(t, evidence.schema) is table]
        if any(node.args.get("only") for node in own):
            return True
        if own and any(column.name in ("ctid", "tableoid") for column in tree.find_all(exp.Column)):
            return True
    return False


def _of_statements(evidence: Evidence, table: Table, grown: list[Key]) -> Iterator[str]:
    """The statements that need a key as it is."""
    for query in evidence.workload.queries:
        if _is_told_apart(query, table):
            yield f"{query.name} can't be read, and may need its key"
            continue
        for source in query.statements:
            yield from (f"{query.name} {how}" for how in _needs(evidence, source.text, table, grown))
    primary = [key for key in grown if key.primary]
    for statement in evidence.statements if primary else ():
        for names in statement.names:
            for scope in names.scopes:
                for name, (_, found) in names.tables(scope).items():
                    if found.name == table.name and _leans(scope.expression, name, primary[0]):
                        yield f"{statement.query.name} groups by its key and selects more than that"


def _is_told_apart(query: Query, table: Table) -> bool:
    return ENGINE in query.overrides and table.name.name in str(query.overrides[ENGINE])


def _needs(evidence: Evidence, sql: str, table: Table, grown: list[Key]) -> Iterator[str]:
    """ON CONFLICT with a key that grows, and statements that can't be read."""
    try:
        tree = unqualified(sql)
    except UnreadableSql:
        if table.name.name in sql:
            yield "can't be read, and may need its key"
        return
    names = {key.name for key in grown}
    columns = [set(key.columns) for key in grown]
    for insert in tree.find_all(exp.Insert):
        conflict = insert.args.get("conflict")
        target = insert.find(exp.Table)
        if conflict is None or target is None or find_table(target, evidence.schema) is not table:
            continue
        constraint = conflict.args.get("constraint")
        keys = conflict.args.get("conflict_keys") or ()
        asked = {column.name for key in keys for column in key.find_all(exp.Column)}
        if asked in columns or (constraint is not None and constraint.name in names):
            yield "has ON CONFLICT with its key"


def _leans(tree: exp.Expr, source: str, key: Key) -> bool:
    """True where columns are selected that only the grouped key determines."""
    group = tree.args.get("group") if isinstance(tree, exp.Select) else None
    if group is None:
        return False
    grouped = {c.name for term in group.expressions for c in term.find_all(exp.Column) if c.table == source}
    if not set(key.columns) <= grouped:
        return False
    inside = (exp.AggFunc, exp.Where, exp.Join, exp.Group)
    return any(
        column.table == source and column.name not in grouped and column.find_ancestor(*inside) is None
        for column in tree.find_all(exp.Column)
    )
