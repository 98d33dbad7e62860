"""Whether every row's text reads as a value of a type: a generated column refuses rows where it doesn't."""

from __future__ import annotations

import re

import polars as pl
from sqlglot import exp

from optimizer.dataset.dataset import TableRows
from optimizer.design.tables.generation import TEXTS
from optimizer.model.schema import ColumnType, Table

_INTEGER = r"^\s*[+-]?\d{{1,{digits}}}\s*$"
_NUMBER = r"^\s*[+-]?(\d{1,50}(\.\d{0,50})?|\.\d{1,50})([eE][+-]?\d{1,2})?\s*$"
_READABLE = {
    "int2": _INTEGER.format(digits=4),
    "int4": _INTEGER.format(digits=9),
    "int8": _INTEGER.format(digits=18),
    "numeric": _NUMBER,
    "float8": _NUMBER,
    "bool": r"^\s*(?i:true|false|t|f|yes|no|y|n|on|off|1|0)\s*$",
    "uuid": r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
}
"""Texts that PostgreSQL's input functions certainly take; not all of them."""

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def why_not_castable(tree: exp.Expr, kind: ColumnType, table: Table, rows: TableRows) -> str:
    """Why an expression's text may be none of the type in some row; empty where it is in all there are."""
    values = _values(tree, table, rows)
    if values is None:
        return f"whether {tree.sql('postgres')} is {_a(kind)} in every row can't be told here"
    missed = (
        pl.scan_parquet(list(rows.files))
        .select(values.alias("text"))
        .filter(pl.col("text").str.contains(_READABLE[kind.base]).not_())
        .head(1)
        .collect()
    )
    if missed.is_empty():
        return ""
    return f"{tree.sql('postgres')} isn't {_a(kind)} in every row (`{missed['text'][0]:.40}`)"


def _values(tree: exp.Expr, table: Table, rows: TableRows) -> pl.Expr | None:
    """The text of a column, or of a value at constant keys of a JSON column."""
    keys: list[str] = []
    tree = tree.unnest()
    while isinstance(tree, exp.JSONExtract | exp.JSONExtractScalar):
        path = tree.expression.expressions if isinstance(tree.expression, exp.JSONPath) else []
        names = [part.name for part in path[1:]]
        known = all(isinstance(part, exp.JSONPathKey) and _KEY.match(part.name) for part in path[1:])
        if not names or not known:
            return None
        keys = names + keys
        tree = tree.this.unnest()
    column = table.by_name.get(tree.name) if isinstance(tree, exp.Column) else None
    if column is None or column.name not in rows.columns:
        return None
    if keys:
        return pl.col(column.name).str.json_path_match("$" + "".join(f"['{key}']" for key in keys))
    return pl.col(column.name) if column.type.base in TEXTS else None


def _a(kind: ColumnType) -> str:
    return f"{'an' if kind.sql[0] in 'aeiou' else 'a'} {kind.sql}"
