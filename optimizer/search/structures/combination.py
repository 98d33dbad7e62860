"""The structures that gain together, with the indexes that the searches of each alone found for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.engines.engine import Engine
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.structure import Structure
from optimizer.search.inputs import Inputs
from optimizer.search.structures.searched import Searched


@dataclass(frozen=True, slots=True)
class Combination:
    """Structures that gain together, and the searches that know indexes for them: that of the baseline's
    layout first, then those of its parts; `searched` is that of the whole (None: there was no time)."""

    structures: frozenset[Structure]
    parts: Sequence[Searched]
    searched: Searched | None = None

    def best(self, engine: Engine, inputs: Inputs) -> Design:
        """What the search of the whole found; where it was cut short, all that its parts are best with."""
        if self.searched is not None and self.searched.complete:
            return self.searched.best
        return self.assembled(engine, inputs, self.structures)

    def assembled(self, engine: Engine, inputs: Inputs, structures: frozenset[Structure]) -> Design:
        """Some of the structures with all the indexes that a search found best, and that go with them."""
        whole = [self.searched] if self.searched is not None and self.searched.complete else []
        searches = [*self.parts, *whole]
        spelled = {raw: index for search in searches for raw, index in search.spelled.items()}
        candidates, _ = engine.candidates(inputs.workload, inputs.schema, structures)
        possible = {spelled.get(candidate.index, candidate.index) for candidate in candidates}
        known = frozenset[Index]().union(*(search.best.indexes for search in searches))
        return Design(known & possible, structures)
