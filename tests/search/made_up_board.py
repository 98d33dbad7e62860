"""A structure whose costs are a table: what a query takes under each set of shown candidates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import polars as pl

from optimizer.dataset.dataset import Dataset
from optimizer.engines.base import Database, Session
from optimizer.engines.values import BuiltIndex, LoadReport, Progress
from optimizer.errors import Problem
from optimizer.model.design import Design
from optimizer.model.index import Index, IndexKey
from optimizer.model.measurement import Execution
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query
from optimizer.model.schema import Schema
from optimizer.search.finals.staging import Finalist
from optimizer.search.plans.mapping import Switchboard
from tests.made_up_session import MadeUpSession

TABLE = TableName("public", "t")
A, B, C = (Index(TABLE, (IndexKey(name, name),), name=name) for name in "abc")

Cost = Callable[[str, frozenset[str]], Execution]
"""A query's name and the names of the shown indexes in, one execution out."""


@dataclass
class Shelf(Database):
    """Remembers which indexes are shown, and does nothing else that a server does."""

    shown: frozenset[Index] = frozenset()
    history: list[frozenset[str]] = field(default_factory=list)
    digests: dict[TableName, str] = field(default_factory=dict)
    name: str = "made up"
    schema: Schema = field(default_factory=lambda: Schema(()))

    def show(self, indexes: Iterable[Index]) -> None:
        self.shown = frozenset(indexes)
        self.history.append(frozenset(index.name for index in self.shown))

    def sweep(self) -> None:
        """Nothing to clear away."""

    def fingerprint_rows(
        self, left_out: Mapping[TableName, Collection[str]] = MappingProxyType({})
    ) -> dict[TableName, str]:
        return self.digests

    def rows(self, table: TableName) -> pl.DataFrame:
        raise NotImplementedError

    def check_queries(self, queries: Sequence[Query]) -> tuple[Problem, ...]:
        raise NotImplementedError

    def check_sample(self, frames: Mapping[TableName, pl.DataFrame]) -> tuple[Problem, ...]:
        raise NotImplementedError

    def canonical(self, indexes: Iterable[Index]) -> dict[Index, Index | str]:
        raise NotImplementedError

    def load(
        self,
        dataset: Dataset,
        progress: Progress,
        only: frozenset[TableName] | None = None,
        anew: bool = True,
    ) -> LoadReport:
        raise NotImplementedError

    def build(self, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        raise NotImplementedError

    def bytes(self) -> int:
        raise NotImplementedError

    def statistics(self) -> Any:
        raise NotImplementedError

    def restore_statistics(self, statistics: Any) -> None:
        raise NotImplementedError

    def resample_statistics(self) -> None:
        raise NotImplementedError

    def session(self) -> Session:
        raise NotImplementedError

    def remove(self, indexes: Iterable[Index]) -> None:
        raise NotImplementedError

    def opener(self) -> Callable[[], Session]:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError


def shelf_and_session(cost: Cost) -> tuple[Shelf, MadeUpSession]:
    """A session whose latencies follow what the shelf shows."""
    shelf = Shelf()

    def latency(query: Query, binding: Binding) -> Execution:
        return cost(query.name, frozenset(index.name for index in shelf.shown))

    return shelf, MadeUpSession(latency)


def made_up_board(cost: Cost, candidates: Sequence[Index] = (A, B, C)) -> Switchboard:
    """A switchboard over such a shelf."""
    shelf, session = shelf_and_session(cost)
    return Switchboard(shelf, session, list(candidates))


def finalist(cost: Cost, indexes: Sequence[Index] = (), label: str = "one", bytes: int = 100) -> Finalist:
    """A finalist over such a shelf; each index has a byte more than the last."""
    shelf, session = shelf_and_session(cost)
    built = {index: BuiltIndex(index, n) for n, index in enumerate(indexes, start=1)}
    return Finalist(label, Design(frozenset(indexes)), shelf, session, built, LoadReport((), bytes, 1.0))
