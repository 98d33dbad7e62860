"""The rows that an INSERT makes: a constant for each column, defaults and generated ones included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.comparands import assigned, comparand, is_constant
from optimizer.engines.mongo.compile.constants.given import fetched, made_once
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.program import Draw
from optimizer.engines.mongo.values import is_stored
from optimizer.model.names import TableName
from optimizer.model.schema import Column, Table
from optimizer.queries.tree import unqualified


def rows_of(tree: exp.Insert, table: Table, draft: Draft) -> list[Row]:
    """The rows of VALUES, in order."""
    target = tree.this
    names = [part.name for part in target.expressions] if isinstance(target, exp.Schema) else None
    columns = names or [column.name for column in table.columns]
    return [_row(values, columns, table, draft) for values in _tuples(tree)]


def _tuples(tree: exp.Insert) -> list[Sequence[exp.Expr]]:
    source = tree.expression
    if isinstance(source, exp.Values):
        return [row.expressions if isinstance(row, exp.Tuple) else [row] for row in source.expressions]
    if isinstance(source, exp.Select) and source.args.get("from_") is None and not source.args.get("where"):
        return [[chosen.unalias() for chosen in source.expressions]]
    if source is None and tree.args.get("default"):
        return [[]]
    raise NotCompiled(tree, "rows are inserted from VALUES")


def _row(values: Sequence[exp.Expr], columns: Sequence[str], table: Table, draft: Draft) -> Row:
    given = dict(zip(columns, values, strict=False))
    row: dict[str, exp.Expr] = {}
    for column in table.columns:
        node = given.get(column.name)
        if column.generated:
            continue
        row[column.name] = _default(column, table, draft) if node is None or _is_default(node) else node
        if not is_constant(row[column.name]):
            raise NotCompiled(row[column.name], "an inserted value has to be a constant")
    for column in table.columns:
        if column.generated:
            row[column.name] = generated(column, row)
    return row


def _is_default(node: exp.Expr) -> bool:
    return isinstance(node, exp.Var | exp.Column) and node.name.upper() == "DEFAULT"


def _default(column: Column, table: Table, draft: Draft) -> exp.Expr:
    number = next(draft.numbers) if column.identity or column.default else 0
    name = f"{table.name}.{column.name}"
    if column.identity:
        draft.add(Draw(name, f"{name}.{number}"))
        return fetched(f"{name}.{number}")
    if column.default is None:
        return exp.Null()
    node = expression(column.default)
    if isinstance(node, exp.Anonymous) and node.name.lower() in ("gen_random_uuid", "uuid_generate_v4"):
        return made_once(f"{name}.{number}")
    return node


def expression(text: str) -> exp.Expr:
    """The tree of an expression that PostgreSQL printed."""
    tree = unqualified(f"SELECT {text}")
    if not isinstance(tree, exp.Select):
        raise NotCompiled(text, "no expression")
    return tree.selects[0].unalias()


def generated(column: Column, row: Row) -> exp.Expr:
    """A generated column's value, out of the row's other values."""
    if not is_stored(column):
        return exp.Null()
    made = with_values(formula(column), row)
    if not is_constant(made):
        raise NotCompiled(made, "a generated column that can't be computed from the row's values")
    return made


def formula(column: Column) -> exp.Expr:
    """The expression of a generated column."""
    if column.default is None:
        raise NotCompiled(column.name, "a generated column whose expression isn't known")
    return expression(column.default)


def with_values(node: exp.Expr, row: Row) -> exp.Expr:
    """An expression with a row's values in the place of its columns."""

    def replaced(part: exp.Expr) -> exp.Expr:
        if isinstance(part, exp.Column) and part.name in row:
            return exp.Paren(this=row[part.name].copy())
        return part

    return node.copy().transform(replaced)


def stored_columns(table: Table) -> list[Column]:
    """The columns that documents have."""
    return [column for column in table.columns if is_stored(column)]


def document(table: TableName, row: Row, draft: Draft) -> dict[str, Any]:
    """The row's own part of a document: its columns at their places, what its parent has left out."""
    layout = draft.layout
    made: dict[str, Any] = {}
    known = layout.schema.by_name[table]
    for column in stored_columns(known):
        place = layout.place(table, column.name)
        if not place.of_parent:
            _put(made, place.field, assigned(row[column.name], column.type))
    return made


def _put(made: dict[str, Any], path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if rest:
        _put(made.setdefault(first, {}), rest, value)
    else:
        made[first] = value


def cell(row: Row, table: Table, column: str) -> Any:
    """The row's value of a column as it is stored."""
    return assigned(row[column], table.by_name[column].type)


def key_filter(draft: Draft, table: TableName, values: Mapping[str, exp.Expr]) -> dict[str, Any]:
    """The filter of the documents with these values, columns of the collection's own rows."""
    known = draft.layout.schema.by_name[table]
    return {draft.layout.path(table, name): comparable(node, known, name) for name, node in values.items()}


def comparable(node: exp.Expr, table: Table, column: str) -> Any:
    """A value to find a column by: a null finds nothing."""
    return comparand(node, table.by_name[column].type)
