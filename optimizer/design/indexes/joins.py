"""Which joins of a block can lead to a table, so that an index on its join column is looked into."""

from __future__ import annotations

from optimizer.queries.facts import Block, Term


def leading_joins(block: Block, alias: str) -> tuple[tuple[Term, Term], ...]:
    """The joins within the block by which rows of `alias` are found: its own term, then the other's.

    A join counts where what lies beyond it is restricted without `alias`: by a predicate, another block, or
    an order with LIMIT. Where nothing else is, it would be read as a whole, and hashing is never worse.
    """
    restricted = _restricted(block)
    beyond = ((mine, other) for mine, other in _pairs(block, alias) if other.alias != alias)
    return tuple(
        (mine, other)
        for mine, other in beyond
        if not restricted or _reachable(block, other.alias, alias) & restricted
    )


def _pairs(block: Block, alias: str) -> tuple[tuple[Term, Term], ...]:
    within = {source.alias for source in block.sources}
    both = [pair for edge in block.joins for pair in ((edge.left, edge.right), (edge.right, edge.left))]
    return tuple((mine, other) for mine, other in both if mine.alias == alias and other.alias in within)


def _restricted(block: Block) -> frozenset[str]:
    within = {source.alias for source in block.sources}
    names = {predicate.term.alias for predicate in block.predicates}
    names |= {item.term.alias for item in block.order[:1] if block.limited}
    for edge in block.joins:
        pair = {edge.left.alias, edge.right.alias}
        names |= pair & within if pair - within else set()
    return frozenset(names)


def _reachable(block: Block, start: str, without: str) -> frozenset[str]:
    """The sources that joins connect with `start`, none of them by way of `without`."""
    found, new = {start}, {start}
    while new:
        new = {other.alias for alias in new for _, other in _pairs(block, alias)} - found - {without}
        found |= new
    return frozenset(found)
