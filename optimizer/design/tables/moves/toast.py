"""Wide texts that are seldom read, kept out of rows that are read or updated without them.

PostgreSQL looks at a row only if it is longer than 2,032 bytes (TOAST_TUPLE_THRESHOLD): it compresses the
widest value, and moves values out as long as the row is longer than `toast_tuple_target`. So the target says
something about rows that are too long as they come and fit once they are compressed, and about no others.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from optimizer.dataset.dataset import TableRows
from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.row_layout import SAMPLE, stored_columns, tuple_bytes
from optimizer.model.schema import Table, TableKind
from optimizer.model.tables import Toast

THRESHOLD = 2_032
"""Bytes of a row, with blocks of 8 kB."""

TARGET = 128
"""The least that `toast_tuple_target` may be."""

WIDE = 100
"""Bytes that a column has on average to be thought of."""

SELDOM = 0.25
"""The largest share of the table's statements, by weight, that reads the column."""

MANY = 0.25
"""The least share of the rows that the target must say something about."""

_TEXTS = frozenset({"text", "varchar", "json", "jsonb", "bytea"})


@dataclass(frozen=True, slots=True)
class _Wide:
    """A wide column: its bytes on average, the share of rows that are long enough to be looked at, and of
    those that then fit only since it was compressed."""

    name: str
    bytes: float
    long: float
    compressed: float


def toasts(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """The widest such column of each table."""
    for table in evidence.schema.tables:
        rows = evidence.dataset.table(table.name)
        for wide in sorted(_wide_columns(table, rows), key=lambda wide: -wide.bytes)[:1]:
            subject = f"{table.name}.{wide.name} outside of its rows"
            without, share = _uses(evidence, table, wide.name)
            reason = _obstacle(table, wide, share)
            if not without:
                continue
            if reason:
                yield left_out(subject, reason, without)
            else:
                structure = Toast(table.name, wide.name, TARGET)
                yield Offer(structure, without, _readers(evidence, table, wide.name), _note(wide))


def _obstacle(table: Table, wide: _Wide, share: float) -> str:
    if table.kind is TableKind.PARTITIONED:
        return "it is partitioned: its partitions would have to be told one by one"
    if wide.long < MANY:
        return f"most rows have less than {THRESHOLD:,} bytes: PostgreSQL leaves them as they are"
    if wide.compressed < MANY:
        return "its long values are outside of the rows already"
    return f"{share:.0%} of the table's statements read it" if share > SELDOM else ""


def _wide_columns(table: Table, rows: TableRows) -> Iterator[_Wide]:
    columns = stored_columns(table, rows)
    if isinstance(columns, str) or not rows.rows:
        return
    sizes = tuple_bytes(columns)
    long = sizes > THRESHOLD
    for column in columns:
        known = table.by_name[column.name].type
        wide = float(column.bytes.mean())
        if known.base in _TEXTS and not known.array and wide >= WIDE and column.name in rows.columns:
            fits = sizes - column.bytes + _compressed(column.name, rows) <= THRESHOLD
            yield _Wide(column.name, wide, float(long.mean()), float((long & fits).mean()))


def _compressed(name: str, rows: TableRows) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The bytes of each value by zlib, which makes them smaller than PostgreSQL's own pglz does."""
    values = pl.scan_parquet(list(rows.files)).select(name).head(SAMPLE).collect()[name].to_list()
    raw = (value if isinstance(value, bytes) else str(value or "").encode() for value in values)
    return np.array([min(len(one), len(zlib.compress(one, 1))) for one in raw], dtype=np.int64)


def _uses(evidence: TableEvidence, table: Table, column: str) -> tuple[tuple[Use, ...], float]:
    """The statements that do without the column, and the share, by weight, of those that read it."""
    without, weights = [], {True: 0.0, False: 0.0}
    for statement in evidence.statements:
        own = [source for source in statement.sources.values() if source.table == table.name]
        if own:
            reads = any(column in source.columns for source in own)
            weights[reads] += statement.query.share
            if not reads:
                without.append(Use(statement.query, "fewer bytes read by"))
    return tuple(without), weights[True] / (sum(weights.values()) or 1.0)


def _readers(evidence: TableEvidence, table: Table, column: str) -> tuple[Use, ...]:
    return tuple(
        Use(statement.query, "fetched from outside by")
        for statement in evidence.statements
        for source in statement.sources.values()
        if source.table == table.name and column in source.columns
    )


def _note(wide: _Wide) -> str:
    return f"{wide.bytes:,.0f} bytes on average"
