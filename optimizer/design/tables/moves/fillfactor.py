"""Room left in a table's pages, so that an updated row stays in its page and no index has to be told.

PostgreSQL calls that a heap-only tuple (src/backend/access/heap/README.HOT): no index holds a column that
changed, and there is room for the new version beside the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from optimizer.design.moves.offer import LeftOut, Offer, Use, left_out, share
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.row_layout import PAGE_BYTES, row_bytes, stored_columns
from optimizer.model.index import Index
from optimizer.model.schema import Schema, Table, TableKind
from optimizer.model.tables import Fillfactor
from optimizer.queries.facts import Block, Write, WriteKind

OFTEN = 0.01
"""The least share of the mix that updates a table."""

PERCENTS = (90, 80, 70)
ROOM_FOR = 2
"""Versions of a row that a page has room for: an update's, and the next one's before the first is pruned."""


def fillfactors(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """One share for each table that is updated often: the highest that leaves room for rows of its width.

    The fuller pages are, the fewer a scan reads; more room than for the next versions gains nothing more.
    """
    for table in evidence.schema.tables:
        gains, held = _updates(evidence, table)
        if not (gains or held):
            continue
        subject = f"fillfactor of {table.name}"
        if not gains:
            yield left_out(subject, f"an index holds what is updated ({', '.join(held)})", held.values())
            continue
        reason, percent = _percent(evidence, table, gains)
        if reason:
            yield left_out(subject, reason, gains)
        else:
            yield Offer(Fillfactor(table.name, percent), gains, tuple(_scans(evidence, table)))


def _updates(evidence: TableEvidence, table: Table) -> tuple[tuple[Use, ...], dict[str, Use]]:
    """The updates of columns that no index holds; of the others a column each that one holds."""
    gains: list[Use] = []
    held: dict[str, Use] = {}
    for query, write in evidence.writes():
        if write.table == table.name and write.kind is WriteKind.UPDATE:
            indexed = _indexed(write, evidence.schema)
            if indexed:
                held.setdefault(indexed, Use(query, "updated by"))
            else:
                gains.append(Use(query, "updated in place by"))
    return tuple(gains), held


def _indexed(write: Write, schema: Schema) -> str:
    """The first column that is updated and that an index of the schema holds; BRIN doesn't count."""
    own = [
        i for i in (*schema.given, *schema.unique_indexes) if i.table == write.table and i.method != "brin"
    ]
    return next((name for name in write.columns if any(_holds(index, name) for index in own)), "")


def _holds(index: Index, column: str) -> bool:
    texts = [key.expression for key in index.keys if key.column is None] + [index.where or ""]
    word = re.compile(rf'(?<![\w"]){re.escape(column)}(?![\w"])|"{re.escape(column)}"')
    named = any(key.column == column for key in index.keys) or column in index.include
    return named or any(word.search(text) for text in texts)


def _percent(evidence: TableEvidence, table: Table, gains: tuple[Use, ...]) -> tuple[str, int]:
    """Why no share is offered, else which one."""
    updating = share(gains)
    if table.kind is TableKind.PARTITIONED:
        return "it is partitioned: its partitions would have to have one each", 0
    if updating < OFTEN:
        return f"only {updating:.2%} of the mix updates it", 0
    columns = stored_columns(table, evidence.dataset.table(table.name))
    if isinstance(columns, str):
        return columns, 0
    sizes = row_bytes(columns)
    width = float(sizes.mean()) if sizes.size else 0.0
    for percent in PERCENTS:
        if PAGE_BYTES * (100 - percent) >= 100 * ROOM_FOR * width:
            return "", percent
    return f"rows of {width:,.0f} bytes leave too little room in a page", 0


def _scans(evidence: TableEvidence, table: Table) -> Iterator[Use]:
    """The reads that nothing leads to single rows of the table: they read more pages."""
    for statement in evidence.statements:
        for alias, source in statement.sources.items():
            if source.table == table.name and not _is_led(statement.block_of[alias], alias):
                yield Use(statement.query, "more pages read by")


def _is_led(block: Block, alias: str) -> bool:
    edges = (side for edge in block.joins for side in (edge.left, edge.right))
    return any(predicate.term.alias == alias for predicate in block.predicates) or any(
        side.alias == alias for side in edges
    )
