"""The choice of an index set as a problem: what each query costs under a set, and which sets are allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from optimizer.search.masks import members

Prices = Sequence[Mapping[int, float]]
"""For each payer of a query, what it pays for each candidate that it uses."""


class Relaxation(NamedTuple):
    """A lower bound over a range of sets, and the open candidates that each payer's minimiser would use."""

    value: float
    wanted: tuple[int, ...]


class QueryCost(Protocol):
    """What one query adds to the score's value, its share included.

    Its payers are the parts of it (groups of bindings, say) that take their plans for themselves.
    """

    @property
    def payers(self) -> Sequence[float]:
        """Each payer's part of the query; together 1."""

    @property
    def relevant(self) -> int:
        """The candidates that can make a difference to it."""

    def cost(self, mask: int) -> float:
        """Its part of the value where exactly `mask` is shown."""

    def bound(self, included: int, open: int, prices: Prices) -> Relaxation:
        """A lower bound, over all T with `included` ⊆ T ⊆ `included` | `open`, of cost(T) + Σ prices.

        The sum is over the open candidates in T and all payers; `prices` has each payer's, none negative.
        What `upkeep` tells of open candidates isn't counted again. Leaving the prices out is allowed.
        """

    def upkeep(self, candidate: int) -> float:
        """At least so much each set's cost lies above the bound for having the open `candidate` in it."""

    def unmeasured(self, mask: int) -> tuple[tuple[int, str | None], ...]:
        """The plans (binding, fingerprint) that `mask` gets and that have only a lower bound yet.

        The fingerprint is None where the plan itself isn't known.
        """


@dataclass(frozen=True)
class Problem:
    """Candidates 0 to n-1, the queries, and the hard limits.

    `storage_cost` is each candidate's additive price (none negative), `bytes` its size, `table_of` its
    table, by any number. `storage_bytes` limits `base_bytes` and the chosen indexes together; `room` says
    how many candidates a table may have at most, by its number. `base_cost` is the part of the value that
    no choice changes.
    """

    storage_cost: Sequence[float]
    bytes: Sequence[int]
    table_of: Sequence[int]
    queries: Sequence[QueryCost]
    storage_bytes: int | None = None
    base_bytes: int = 0
    base_cost: float = 0.0
    room: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not len(self.storage_cost) == len(self.bytes) == len(self.table_of):
            raise ValueError("each candidate needs a price, a size and a table")
        if any(price < 0 for price in self.storage_cost):
            raise ValueError("the price of a candidate's storage is never negative")

    @property
    def n(self) -> int:
        """How many candidates there are."""
        return len(self.bytes)

    def size(self, mask: int) -> int:
        """Bytes of the set's indexes, without `base_bytes`."""
        return sum(self.bytes[i] for i in members(mask))

    def allowed(self, mask: int) -> bool:
        """Whether the set keeps all limits."""
        return self.fits(self.size(mask)) and self.has_room(mask)

    def fits(self, bytes: int) -> bool:
        """Whether indexes of so many bytes keep the limit of storage."""
        return self.storage_bytes is None or self.base_bytes + bytes <= self.storage_bytes

    def has_room(self, mask: int) -> bool:
        """Whether no table has more of the set's indexes than it may."""
        tables = [self.table_of[i] for i in members(mask)] if self.room else []
        return all(tables.count(table) <= room for table, room in self.room.items())
