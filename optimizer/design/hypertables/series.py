"""The columns that name a series of rows: which statements ask for one of them, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.hypertables.timelines import Timeline
from optimizer.design.moves.evidence import Statement
from optimizer.design.moves.offer import Use, share
from optimizer.design.moves.sources import POINTS
from optimizer.design.tables.moves.partitioning.spread import values
from optimizer.model.schema import Column, Table
from optimizer.queries.facts import Block

_UNSORTED = frozenset({"json", "xml", "point", "box", "path", "polygon", "line", "lseg", "circle"})
"""Types whose values can't be told equal or sorted."""

_WIDE = frozenset({"jsonb", "bytea", "tsvector", "float4", "float8"})
"""Types whose values name no series."""


@dataclass(frozen=True)
class Series:
    """A column, the reads that ask for single values of it, and how many values it has.

    `by_value` are those that compare it with a parameter or a constant, not with another table's column.
    """

    column: Column
    uses: tuple[Use, ...]
    by_value: tuple[Use, ...]
    values: int

    def rows_each(self, one: Timeline, chunk_s: int) -> float:
        """The rows of a value in a chunk, on average."""
        chunks = max(1.0, one.rate.span_s / chunk_s)
        return one.rate.rows / chunks / max(1, self.values)


def most_asked(evidence: HypertableEvidence, one: Timeline) -> Series | None:
    """The column that the largest share of the mix asks for single values of; None where none does."""
    found = {column.name: _uses(evidence, one.table, column) for column in _candidates(one)}
    name = max(found, key=lambda each: share(found[each][0]), default=None)
    if name is None or not found[name][0]:
        return None
    uses, by_value = found[name]
    return Series(one.table.by_name[name], uses, by_value, values(evidence, one.table, name))


def _candidates(one: Timeline) -> Iterator[Column]:
    unique = {key.columns[0] for key in one.table.keys if len(key.columns) == 1}
    for column in one.table.columns:
        named = column.name not in unique and column.name != one.column.name
        if named and not column.type.array and column.type.base not in _UNSORTED | _WIDE:
            yield column


def _uses(
    evidence: HypertableEvidence, table: Table, column: Column
) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    every, by_value = [], []
    for statement in evidence.statements:
        for block in () if statement.facts.is_write else statement.facts.blocks:
            for source in block.sources:
                if source.table != table.name:
                    continue
                use = Use(statement.query, f"one {column.name} is asked for by")
                if _is_compared(block, source.alias, column.name):
                    by_value.append(use)
                    every.append(use)
                elif _is_joined(statement, block, source.alias, column.name):
                    every.append(use)
    return tuple(every), tuple(by_value)


def _is_compared(block: Block, alias: str, column: str) -> bool:
    return any(
        (p.term.alias, p.term.column) == (alias, column) and p.operator in POINTS and not p.optional
        for p in block.predicates
    )


def _is_joined(statement: Statement, block: Block, alias: str, column: str) -> bool:
    """True where the other side of the join is a source that something narrows down."""
    for edge in block.joins:
        for mine, other in ((edge.left, edge.right), (edge.right, edge.left)):
            if (mine.alias, mine.column) == (alias, column) and other.alias in statement.sources:
                predicates = statement.block_of[other.alias].predicates
                if any(p.term.alias == other.alias and not p.optional for p in predicates):
                    return True
    return False
