"""A design: the structures and indexes that were chosen."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.index import Index


@dataclass(frozen=True, slots=True)
class Candidate:
    """An index that may be chosen, with the names of the queries that proposed it and why.

    Two candidates are equal where their indexes are.
    """

    index: Index
    queries: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Design:
    """A set of indexes on top of the baseline (keys, unique and foreign keys); equal where the sets are."""

    indexes: frozenset[Index] = frozenset()
