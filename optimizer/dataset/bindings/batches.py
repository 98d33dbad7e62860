"""The rows of a VALUES with several: each has a row of its own to take its parameters from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from sqlglot import exp

from optimizer.dataset.bindings.pairs import absent_pairs
from optimizer.dataset.dataset import Dataset, TableRows
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.queries.parameters import UnreadableSql
from optimizer.queries.rules import Rule
from optimizer.queries.tree import unqualified

Frames = Mapping[TableName, pl.DataFrame]
"""Row n of each table for binding n."""


def value_rows(query: Query) -> Mapping[str, int]:
    """The row of VALUES, from 0, of each parameter that stands in one of several rows, and nowhere else."""
    places: dict[str, set[int | None]] = {}
    for statement in query.statements:
        try:
            tree = unqualified(statement.text)
        except UnreadableSql:
            continue
        for placeholder in tree.find_all(exp.Placeholder):
            places.setdefault(placeholder.name, set()).add(_row(placeholder))
    alone = {name: next(iter(found)) for name, found in places.items() if len(found) == 1}
    return {name: row for name, row in alone.items() if row is not None}


def _row(placeholder: exp.Placeholder) -> int | None:
    node: exp.Expr = placeholder
    while node.parent is not None:
        below, node = node, node.parent
        if isinstance(node, exp.Values) and len(node.expressions) > 1:
            return next((n for n, row in enumerate(node.expressions) if row is below), None)
    return None


def without_duplicates(
    drawn: Sequence[Frames],
    rules: Sequence[Rule],
    batch: Mapping[str, int],
    schema: Schema,
    dataset: Dataset,
    seed: int,
) -> Sequence[Frames]:
    """The rows to insert with the columns of each composite key mixed until no row has the same.

    `drawn` are the frames of each row of VALUES, `batch` says which parameters are of which.
    """
    inserted: dict[TableName, set[str]] = {}
    shared: dict[TableName, set[str]] = {}
    for rule in rules:
        if rule.kind == "inserted" and rule.use.table and rule.use.column:
            inserted.setdefault(rule.use.table, set()).add(rule.use.column)
            if rule.name not in batch:
                shared.setdefault(rule.use.table, set()).add(rule.use.column)
    mixed = [dict(frames) for frames in drawn]
    for table, columns in inserted.items():
        for key in schema.by_name[table].keys:
            if key.columns and not key.where and columns.issuperset(key.columns):
                same = [name for name in key.columns if name in shared.get(table, ())]
                frames = [one[table] for one in mixed]
                found = _distinct(dataset.table(table), key.columns, same, frames, seed)
                mixed = [{**one, table: frame} for one, frame in zip(mixed, found, strict=True)]
    return mixed


def _distinct(
    table: TableRows, columns: Sequence[str], same: Sequence[str], drawn: Sequence[pl.DataFrame], seed: int
) -> list[pl.DataFrame]:
    """The frames mixed together; `same` are columns that all rows of VALUES take from the first one's."""
    first, *others = drawn
    there = [name for name in same if name in first.columns]
    others = [frame.with_columns(first[name] for name in there) for frame in others]
    order = tuple(sorted(columns, key=lambda name: name not in there)) if others else tuple(columns)
    mixed = absent_pairs(table, order, pl.concat([first, *others]), seed)
    return [mixed[n * first.height : (n + 1) * first.height] for n in range(len(drawn))]
