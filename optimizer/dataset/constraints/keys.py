"""The unique keys of a table, those over expressions included, and what the partial ones ask for."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from optimizer.dataset.constraints.literals import bare, literal
from optimizer.model.index import Index
from optimizer.model.schema import Key, Schema, Table


def unique_keys(table: Table, schema: Schema) -> tuple[Key, ...]:
    """All keys with the columns that they are over; `lower(email)` counts as `email`."""
    plain = [key for key in table.keys if key.columns]
    known = {key.name for key in plain}
    indexes = [i for i in schema.unique_indexes if i.table == table.name and i.name not in known]
    return tuple(plain + [key for index in indexes if (key := _key(index, table))])


def _key(index: Index, table: Table) -> Key | None:
    columns = tuple(dict.fromkeys(c for k in index.keys for c in _columns(k.column or k.expression, table)))
    return Key(index.name, columns, where=index.where) if columns else None


def _columns(expression: str, table: Table) -> list[str]:
    if expression in table.by_name:
        return [expression]
    tree = _parsed(expression)
    names = [column.name for column in tree.find_all(exp.Column)] if tree else []
    return [name for name in names if name in table.by_name]


def condition(key: Key, table: Table) -> tuple[str, str | bool | None] | None:
    """The column of a partial key, and the one value of it that the key is about (None: null).

    Of `is_default`, `status = 'active'`, `deleted_at IS NULL`; None where the predicate is another one.
    """
    tree = _parsed(key.where or "")
    node = bare(tree) if tree else None
    if isinstance(node, exp.Column):
        return (node.name, True) if node.name in table.by_name else None
    if isinstance(node, exp.Not) and isinstance(bare(node.this), exp.Column):
        return bare(node.this).name, False
    if not isinstance(node, exp.EQ | exp.Is):
        return None
    left, right = bare(node.this), bare(node.expression)
    if not isinstance(left, exp.Column) or left.name not in table.by_name:
        return None
    if isinstance(right, exp.Null):
        return None if node.args.get("negate") else (left.name, None)
    value = literal(right, table.by_name[left.name].type)
    return (left.name, value) if isinstance(value, str | bool) else None


def _parsed(text: str) -> exp.Expr | None:
    try:
        return sqlglot.parse_one(text, dialect="postgres") if text else None
    except SqlglotError:
        return None
