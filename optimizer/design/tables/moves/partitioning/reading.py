"""Which statements ask for a part of a table only, by one of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optimizer.design.moves.evidence import Evidence, Statement
from optimizer.design.moves.offer import Use, share
from optimizer.model.schema import Table
from optimizer.queries.facts import Block, Predicate, Source, WriteKind
from optimizer.queries.row_security import compared_columns

Narrows = Callable[[Predicate, str], bool]
"""True where a predicate asks for a part of the values of a column."""


@dataclass(frozen=True)
class Reading:
    """The queries that read a part of the partitions, and those that look for rows in all of them."""

    part: tuple[Use, ...]
    whole: tuple[Use, ...]

    @property
    def share(self) -> float:
        """The share of the mix that reads a part."""
        return share(self.part)

    @property
    def covered(self) -> float:
        """The share of those that read a part in all that look for rows; 1 where nothing does."""
        whole = share(self.whole)
        return self.share / (self.share + whole) if self.share + whole else 1.0


def reading(evidence: Evidence, table: Table, column: str, narrows: Narrows) -> Reading:
    """How the workload's statements look for rows of a table, were it partitioned by the column."""
    part, whole = [], []
    for statement in evidence.statements:
        for block, source in _searches(statement, table):
            if _is_narrow(evidence, statement, block, source, table, column, narrows):
                part.append(Use(statement.query, "one part is read by"))
            elif not _stops_early(block, source, column):
                whole.append(Use(statement.query, "all parts are searched by"))
    return Reading(tuple(part), tuple(whole))


def moved_by(evidence: Evidence, table: Table, column: str) -> tuple[str, ...]:
    """The queries that update the column."""
    return tuple(
        query.name
        for query, write in evidence.writes()
        if write.table == table.name and write.kind is WriteKind.UPDATE and column in write.columns
    )


def _searches(statement: Statement, table: Table) -> Iterator[tuple[Block, Source]]:
    for block in statement.facts.blocks:
        for source in block.sources:
            if source.table == table.name:
                yield block, source


def _is_narrow(
    evidence: Evidence,
    statement: Statement,
    block: Block,
    source: Source,
    table: Table,
    column: str,
    narrows: Narrows,
) -> bool:
    """By a predicate of its own, by one on what it is joined with, or by row-level security."""
    if column in compared_columns(table, evidence.schema, evidence.workload.session):
        return True
    equal = _equal_to(block, source.alias, column)
    certain = [p for p in block.predicates if not p.optional or p.term.alias in statement.outer]
    return any(
        narrows(predicate, name)
        for predicate in certain
        for alias, name in equal
        if predicate.term.alias == alias
    )


def _equal_to(block: Block, alias: str, column: str) -> set[tuple[str, str]]:
    """The columns that the block's joins make equal to one, itself included."""
    ends = [(edge.left, edge.right) for edge in block.joins]
    pairs = {
        ((a.alias, a.column), (b.alias, b.column))
        for left, right in ends
        for a, b in ((left, right), (right, left))
        if a.column and b.column
    }
    found, new = {(alias, column)}, {(alias, column)}
    while new:
        new = {other for mine, other in pairs if mine in new} - found
        found |= new
    return found


def _stops_early(block: Block, source: Source, column: str) -> bool:
    """True where partitions are read in the order that is asked for, as far as the limit."""
    first = block.order[0].term if block.order else None
    return bool(block.limited and first and (first.alias, first.column) == (source.alias, column))
