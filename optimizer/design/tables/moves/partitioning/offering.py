"""A partitioning that some statements gain by, offered or left out with its reason."""

from __future__ import annotations

from optimizer.design.moves.offer import LeftOut, Offer, left_out
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.integrity import obstacle
from optimizer.design.tables.moves.partitioning.reading import Reading, moved_by
from optimizer.design.tables.moves.partitioning.spread import LEAST_ROWS, rows
from optimizer.model.schema import Column, Table
from optimizer.model.tables import Partition


def why_not(evidence: TableEvidence, table: Table, column: Column) -> str:
    """What stands in the way of any partitioning by the column; empty where nothing does."""
    count = rows(evidence, table)
    if count < LEAST_ROWS:
        return f"its {count:,} rows are too few for partitions"
    moving = moved_by(evidence, table, column.name)
    if moving:
        moves = "a row that moves to another partition fails for whoever waits for it"
        return f"{moving[0]} updates {column.name}, and {moves}"
    return obstacle(evidence, table, column)


def offered(
    evidence: TableEvidence, table: Table, structure: Partition, found: Reading, note: str
) -> Offer | LeftOut:
    """The structure with those who gain and those who pay; what keys give up is said."""
    grown = [key.name for key in table.keys if structure.column not in key.columns]
    loses = f"{', '.join(grown)} holds {structure.column} too, given up under `relax`" if grown else ""
    return Offer(structure, found.part, found.whole, "; ".join(text for text in (note, loses) if text))


def refused(table: Table, column: str, how: str, reason: str, found: Reading) -> LeftOut:
    """What isn't offered to those who would gain."""
    return left_out(f"{table.name} partitioned {how} {column}", reason, found.part)
