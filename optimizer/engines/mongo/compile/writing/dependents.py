"""What documents hold beside their own row: made with a new one, kept as other rows come, change and go."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

from optimizer.engines.mongo.compile.writing import subsets, totals
from optimizer.engines.mongo.compile.writing.draft import Draft, Row
from optimizer.engines.mongo.compile.writing.parents import copies
from optimizer.engines.mongo.compile.writing.rows import document
from optimizer.model.names import TableName


def whole(draft: Draft, table: TableName, row: Row) -> dict[str, Any]:
    """The document of a new row in its own collection."""
    embedded: dict[str, Any] = {e.field: [] if e.many else None for e in draft.layout.embedded_in(table)}
    return {
        **document(table, row, draft),
        **copies(draft, table, row),
        **embedded,
        **totals.initial(draft, table),
        **subsets.initial(draft, table),
    }


def depend(
    draft: Draft, table: TableName, old: Row | None, new: Row | None, absent: exp.Expr | None = None
) -> None:
    """What other documents hold of the row, once it has been written.

    `absent` is given where it shows only when the statement runs whether there was an old row: it is true
    where there was none.
    """
    totals.keep(draft, draft.layout.computed_of(table), old, new, absent)
    for subset in draft.layout.subsets_of(table):
        subsets.keep(draft, subset, old, new, absent)
