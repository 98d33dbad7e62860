"""The columns of a large table in an order that leaves no room between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.row_layout import StoredColumn, row_bytes, stored_columns
from optimizer.model.schema import Table, TableKind
from optimizer.model.tables import ColumnOrder

LEAST_ROWS = 10_000
LEAST_BYTES = 4.0
LEAST_SHARE = 0.02
"""What must be saved of a row on average, its header and line pointer being a part of it."""


def column_orders(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """The order of each table whose rows become shorter by it, those of a wider alignment first."""
    for table in evidence.schema.tables:
        gains = _gains(evidence, table)
        rows = evidence.dataset.table(table.name)
        columns = stored_columns(table, rows)
        subject = f"column order of {table.name}"
        if not gains or not rows.rows:
            continue
        if isinstance(columns, str):
            yield left_out(subject, columns, gains)
            continue
        best = without_padding(columns)
        before, after = float(row_bytes(columns).mean()), float(row_bytes(best).mean())
        if before - after < max(LEAST_BYTES, LEAST_SHARE * before):
            continue
        if table.kind is TableKind.PARTITIONED:
            yield left_out(subject, "each of its partitions has an order of its own", gains)
        elif rows.rows < LEAST_ROWS:
            yield left_out(subject, f"{rows.rows:,} rows are too few to be noticed", gains)
        else:
            order = tuple(column.name for column in best)
            note = f"{before - after:.1f} of {before:.0f} bytes a row saved"
            yield Offer(ColumnOrder(table.name, order), gains, note=note)


def without_padding(columns: Sequence[StoredColumn]) -> tuple[StoredColumn, ...]:
    """The columns by what their lengths are multiples of, those of a variable length last.

    Each one then ends where the next may begin, whichever of them are null. Otherwise they stay in order.
    """
    return tuple(sorted(columns, key=_rank))


def _rank(column: StoredColumn) -> tuple[int, int]:
    if column.length is None:
        return 0, -column.align
    return -min(8, column.length & -column.length), -column.align


def _gains(evidence: TableEvidence, table: Table) -> tuple[Use, ...]:
    return tuple(
        Use(statement.query, "fewer bytes read by")
        for statement in evidence.statements
        if not statement.facts.is_write
        and any(source.table == table.name for source in statement.sources.values())
    )
