"""What a rule hands over: an index that may be worth measuring, or one that isn't, and why."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.index import Index

MAX_INCLUDED = 8
"""More included columns make an index about as wide as its table."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An index, the names of the queries that it is for, and why.

    The first `equalities` keys are compared for equality: their order among themselves doesn't matter to
    these queries, nor does the direction of all keys after them, turned together.
    """

    index: Index
    queries: tuple[str, ...]
    because: str
    equalities: int = 0
    shorter: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What was considered and isn't a candidate; `index` is None where it didn't come to be one."""

    subject: str
    reason: str
    queries: tuple[str, ...] = ()
    index: Index | None = None
