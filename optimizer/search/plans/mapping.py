"""Candidates by number, and the server asked for plans and latencies under sets of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from optimizer.engines.base import Database, Session
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query
from optimizer.search.masks import members
from optimizer.search.plans.tree import SeenPlan


@dataclass(slots=True)
class Switchboard:
    """The candidates of a loaded structure by number, and the database that shows any set of them.

    `shown` is the set shown now, None where it isn't known.
    """

    database: Database
    session: Session
    candidates: Sequence[Index]
    shown: int | None = None
    explains: int = 0
    _number: dict[Index, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._number = {index: number for number, index in enumerate(self.candidates)}

    @property
    def everything(self) -> int:
        """The set of all candidates."""
        return (1 << len(self.candidates)) - 1

    def mask(self, indexes: Iterable[Index]) -> int:
        """The set of these candidates; KeyError where one is none."""
        mask = 0
        for index in indexes:
            mask |= 1 << self._number[index]
        return mask

    def indexes(self, mask: int) -> frozenset[Index]:
        """The candidates of a set."""
        return frozenset(self.candidates[number] for number in members(mask))

    def on_tables(self, tables: Iterable[TableName]) -> int:
        """The set of the candidates on these tables."""
        wanted = set(tables)
        return self.mask(index for index in self.candidates if index.table in wanted)

    def show(self, mask: int) -> None:
        """Switch the database to exactly this set."""
        if self.shown != mask:
            self.database.show(self.indexes(mask))
            self.shown = mask

    def plan(self, query: Query, binding: Binding, mask: int) -> SeenPlan:
        """What the planner says under exactly this set."""
        self.show(mask)
        self.explains += 1
        plan = self.session.plan(query, binding)
        return SeenPlan(plan.fingerprint, self.mask(plan.used), plan.cost)
