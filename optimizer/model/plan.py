"""How a server executes a query."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.model.index import Index


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, equal to another where the fingerprints are.

    `fingerprint` holds node kinds, relations, indexes, join kinds and directions, no costs; one line per
    statement of the query. `used` are the candidate indexes in it (never those of keys).
    """

    fingerprint: str
    used: frozenset[Index]
    cost: float = 0.0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and self.fingerprint == other.fingerprint

    def __hash__(self) -> int:
        return hash(self.fingerprint)
