"""Tables in an order in which parents come before their children, circles cut at nullable keys first."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.model.schema import ForeignKey, Schema, Table


def nullable(table: Table, key: ForeignKey) -> bool:
    """True where a row can go without the parent: a column of the key may be null."""
    return any(not table.by_name[column].not_null for column in key.columns)


def parents_first(schema: Schema) -> tuple[Table, ...]:
    """All tables; DDL order where references leave a choice."""
    waiting = list(schema.tables)
    ordered: list[Table] = []
    while waiting:
        table = _next(waiting)
        waiting.remove(table)
        ordered.append(table)
    return tuple(ordered)


def _next(waiting: Iterable[Table]) -> Table:
    """The first table whose parents are done; in a circle, one that lacks nullable parents, or the fewest."""
    tables = list(waiting)
    names = {table.name for table in tables}

    def missing(table: Table) -> tuple[int, int]:
        keys = [k for k in table.foreign_keys if k.target in names and k.target != table.name]
        hard = sum(not nullable(table, key) for key in keys)
        return hard, len(keys)

    return min(tables, key=lambda table: (missing(table) != (0, 0), *missing(table)))
