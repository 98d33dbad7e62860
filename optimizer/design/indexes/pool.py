"""The proposals of all queries, each index once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from optimizer.design.indexes.covering import covers, plain_key, reversed_key, same_reading
from optimizer.design.indexes.proposal import Proposal
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName


class Pool:
    """A growing collection of proposals; what a member already serves joins that member's queries."""

    def __init__(self, members: Iterable[Proposal] = ()) -> None:
        self._members: dict[TableName, dict[Index, Proposal]] = {}
        for member in members:
            self._put(member)

    def __iter__(self) -> Iterator[Proposal]:
        for members in self._members.values():
            yield from members.values()

    def of(self, table: TableName) -> tuple[Proposal, ...]:
        """The members on one table, in the order in which they came."""
        return tuple(self._members.get(table, {}).values())

    def add(self, proposal: Proposal) -> None:
        """Take the proposal in, as a new member or as queries of the one that serves it."""
        for member in self.of(proposal.index.table):
            if serves(member.index, proposal):
                self._put(_joined(member, proposal))
                return
        self._put(proposal)

    def _put(self, member: Proposal) -> None:
        self._members.setdefault(member.index.table, {})[member.index] = member


def settle(proposals: Iterable[Proposal], given: Iterable[Proposal] = ()) -> Pool:
    """A pool of the proposals, the given ones first, then those that leave the least freedom of order."""
    pool = Pool(given)
    for proposal in sorted(proposals, key=lambda item: (bool(item.index.include), item.equalities)):
        pool.add(proposal)
    return pool


def serves(index: Index, proposal: Proposal) -> bool:
    """True where `index` is as good for the proposal's queries as the proposed one, and no larger.

    Both have the same columns; the keys compared for equality may stand in any order, and those after
    them may all be turned round, since a B-tree is read backwards as well.
    """
    wanted = proposal.index
    if index == wanted or same_reading(index, wanted):
        return True
    if (index.method, wanted.method) != ("btree", "btree") or len(index.keys) != len(wanted.keys):
        return False
    if (index.table, index.where, set(index.include)) != (wanted.table, wanted.where, set(wanted.include)):
        return False
    at = proposal.equalities
    same_head = _undirected(index.keys[:at]) == _undirected(wanted.keys[:at])
    return same_head and _reads_as(index.keys[at:], wanted.keys[at:])


def covered_by(index: Index, others: Iterable[Index]) -> Index | None:
    """The first of the others that makes the index superfluous."""
    return next((other for other in others if covers(other, index)), None)


def _undirected(keys: tuple[IndexKey, ...]) -> frozenset[tuple[str, str | None, str | None]]:
    return frozenset((key.expression, key.opclass, key.collation) for key in keys)


def _reads_as(keys: tuple[IndexKey, ...], wanted: tuple[IndexKey, ...]) -> bool:
    forward = tuple(plain_key(key) for key in keys)
    return forward in (
        tuple(plain_key(key) for key in wanted),
        tuple(plain_key(reversed_key(key)) for key in wanted),
    )


def _joined(member: Proposal, proposal: Proposal) -> Proposal:
    queries = tuple(dict.fromkeys((*member.queries, *proposal.queries)))
    shorter = tuple(sorted({*member.shorter, *proposal.shorter}))
    because = member.because if member.queries else proposal.because
    return replace(member, queries=queries, shorter=shorter, because=because)
