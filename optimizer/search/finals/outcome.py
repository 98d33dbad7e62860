"""What the finals found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.engines.values import LoadReport
from optimizer.measure.rounds import Rounds
from optimizer.model.index import Index
from optimizer.model.result import DesignResult, EquivalenceResult, QueryResult, Unstable
from optimizer.model.structure import Structure


@dataclass(frozen=True, slots=True)
class Beside:
    """The reference of another engine as it was measured in the same rounds."""

    label: str
    result: DesignResult
    load: LoadReport
    floor_ms: float


@dataclass(slots=True)
class Outcome:
    """All figures; `measured` are the final rounds themselves, `samples` files that the winner adds.

    `statistics` are the planner's, by structures.
    """

    designs: dict[str, DesignResult]
    queries: tuple[QueryResult, ...]
    rounds: int
    tied_with: tuple[str, ...]
    pruned: tuple[Index, ...]
    floor_ms: float
    load: LoadReport
    measured: Rounds
    equivalence: EquivalenceResult = field(default_factory=EquivalenceResult)
    unstable: tuple[Unstable, ...] = ()
    statistics: Mapping[frozenset[Structure], Any] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    beside: Beside | None = None
    notes: tuple[str, ...] = ()
