"""A design: the structures and indexes that were chosen."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.index import Index
from optimizer.model.structure import Structure


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
    """Structures and indexes on top of the baseline (keys, unique and foreign keys).

    Equal where both sets are.
    """

    indexes: frozenset[Index] = frozenset()
    structures: frozenset[Structure] = frozenset()
