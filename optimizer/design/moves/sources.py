"""How a statement comes to the rows of a parent and its children: by a join, by the key, or otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.moves.evidence import Relation, Statement
from optimizer.model.names import TableName
from optimizer.queries.facts import Block, Operator, Source

POINTS = frozenset({Operator.EQUAL, Operator.IN})
"""Comparisons with single values."""


def pairs(statement: Statement, relation: Relation) -> Iterator[tuple[Source, Source]]:
    """The sources of child and parent that the statement joins along the key."""
    edges = _edges(statement)
    for child in sources_of(statement, relation.child.name):
        for parent in sources_of(statement, relation.parent.name):
            ends = zip(relation.key.columns, relation.key.referenced, strict=True)
            if all((child.alias, mine, parent.alias, other) in edges for mine, other in ends):
                yield child, parent


def sources_of(statement: Statement, table: TableName) -> tuple[Source, ...]:
    """The statement's sources of a table."""
    return tuple(source for source in statement.sources.values() if source.table == table)


def is_pinned(block: Block, alias: str, columns: tuple[str, ...]) -> bool:
    """True where all these columns of a source are compared with values for equality."""
    certain = [p for p in block.predicates if p.term.alias == alias and not p.optional]
    return set(columns) <= {p.term.column for p in certain if p.operator in POINTS}


def has_key(statement: Statement, source: Source, relation: Relation) -> bool:
    """True where a row of the child is found by one of its own keys."""
    block = statement.block_of[source.alias]
    keys = (key.columns for key in relation.child.keys if key.columns and not key.where)
    return any(is_pinned(block, source.alias, columns) for columns in keys)


def is_led_by(statement: Statement, alias: str, without: str) -> bool:
    """True where something narrows the rows of a source down that doesn't come by way of `without`.

    That is a predicate, or an order that is cut by LIMIT, on the source or on what it is joined with.
    """
    return bool(_reachable(statement, alias, without) & _restricted(statement))


def is_restricted(statement: Statement) -> bool:
    """True where a statement doesn't read all rows of all its sources."""
    return bool(_restricted(statement))


def _edges(statement: Statement) -> frozenset[tuple[str, str | None, str, str | None]]:
    edges = [edge for block in statement.facts.blocks for edge in block.joins]
    ends = [(edge.left, edge.right) for edge in edges] + [(edge.right, edge.left) for edge in edges]
    return frozenset((mine.alias, mine.column, other.alias, other.column) for mine, other in ends)


def _restricted(statement: Statement) -> frozenset[str]:
    blocks = statement.facts.blocks
    named = {predicate.term.alias for block in blocks for predicate in block.predicates}
    cut = (block.order[0] for block in blocks if block.limited and block.order and not block.groups)
    return frozenset(named | {item.term.alias for item in cut})


def _reachable(statement: Statement, start: str, without: str) -> frozenset[str]:
    edges = _edges(statement)
    found, new = {start}, {start}
    while new:
        new = {other for mine, _, other, _ in edges if mine in new} - found - {without}
        found |= new
    return frozenset(found)
