"""A MongoDB database: one structure, loaded and switchable."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from types import MappingProxyType
from typing import Any

import polars as pl
from pymongo.database import Database as Collections
from pymongo.errors import OperationFailure

from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.layout import Layout
from optimizer.engines.base import Database
from optimizer.engines.mongo.blueprint import Blueprint
from optimizer.engines.mongo.building import build_all, create, create_all
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.counters import set_counters
from optimizer.engines.mongo.digests import digest
from optimizer.engines.mongo.failures import guarded, words
from optimizer.engines.mongo.indexes import name_all, options_of
from optimizer.engines.mongo.loading.keeping import kept
from optimizer.engines.mongo.loading.load import load
from optimizer.engines.mongo.loading.reading import rows
from optimizer.engines.mongo.loading.samples import samples
from optimizer.engines.mongo.program import Program
from optimizer.engines.mongo.series import SeriesTimes, series_times
from optimizer.engines.mongo.session import MongoSession
from optimizer.engines.mongo.visibility import Built, Visibility
from optimizer.engines.values import BuiltIndex, LoadReport, Progress
from optimizer.errors import Problem
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Table
from optimizer.queries.made_up import made_up

Compile = Callable[[Query], Program]

_UNAUTHORIZED = 13
_SAMPLES = "documents.json"


@dataclass(frozen=True, slots=True)
class SessionOpener:
    """Opens a session from any process; `indexes` are those built so far, by their names."""

    uri: str = field(repr=False)
    name: str
    compile_: Compile
    indexes: Mapping[str, Index] = field(hash=False)
    series: SeriesTimes = field(hash=False)

    def __call__(self) -> MongoSession:
        return MongoSession(self.uri, self.name, self.compile_, self.indexes.get, self.series)


class MongoDatabase(Database):
    """See optimizer.engines.base.Database; `schema` is the logical one, `notes` say what isn't kept.

    `client` is the server's own; `compile_` (picklable) makes a query's program; `remove` drops the database.
    """

    def __init__(
        self,
        client: Client,
        uri: str,
        name: str,
        layout: Layout,
        compile_: Compile,
        blueprint: Blueprint,
        remove: Callable[[], None],
    ) -> None:
        self.name = name
        self.schema = layout.schema
        self.notes = blueprint.notes
        self._client = client
        self._uri = uri
        self._compile = compile_
        self._layout = layout
        self._blueprint = blueprint
        self._remove = remove
        self._stored: Collections[dict[str, Any]] = client[name]
        self._series = series_times(layout)
        self._visibility = Visibility(self._stored)
        self._reports: dict[Index, BuiltIndex] = {}
        self._index_names: dict[str, Index] = {}

    def check_queries(self, queries: Sequence[Query]) -> tuple[Problem, ...]:
        """Nothing: what can't be run here is said by MongoEngine.problems, before there is a database."""
        return ()

    def check_sample(self, frames: Mapping[TableName, pl.DataFrame]) -> tuple[Problem, ...]:
        """Nothing: the rows were taken by PostgreSQL, whose constraints these are."""
        return ()

    @guarded()
    def canonical(self, indexes: Iterable[Index]) -> dict[Index, Index | str]:
        """Each index as it is, or why the server refuses it."""
        return {index: self._tried(index) or index for index in indexes}

    @guarded()
    def load(
        self,
        dataset: Dataset,
        progress: Progress,
        only: frozenset[TableName] | None = None,
        anew: bool = True,
    ) -> LoadReport:
        """Fill the collections, then build unique indexes, then make all of it durable.

        MongoDB keeps no statistics, and leaves nothing behind to vacuum.
        """
        start = perf_counter()
        stores = None if only is None else frozenset(self._layout.home(table).collection for table in only)
        loaded = load(self._stored, self._uri, self._layout, dataset, progress, stores)
        unique = {one.name: one.unique for one in self._blueprint.collections if one.unique}
        create_all(
            self._stored,
            {name: [(index, options_of(index)) for index in those] for name, those in unique.items()},
        )
        set_counters(self._stored, self._layout)
        return LoadReport(loaded, self.bytes(), perf_counter() - start)

    @guarded()
    def build(self, indexes: Sequence[Index], progress: Progress) -> tuple[BuiltIndex, ...]:
        self._visibility.show(self._visibility.built)
        new = [index for index in dict.fromkeys(indexes) if index not in self._visibility.built]
        names = name_all(new, self._taken())
        together: dict[str, list[Index]] = {}
        for index in new:
            together.setdefault(self._collection(index), []).append(index)
        progress("building indexes", 0.0)
        for done, reports in enumerate(build_all(self._stored, together, names), start=1):
            for report in reports:
                self._keep(report, names[report.index])
            progress("building indexes", done / len(together))
        self._weigh(index for index in new if index in self._visibility.built)
        progress("indexes built", 1.0)
        return tuple(self._reports[index] for index in indexes)

    @guarded()
    def show(self, indexes: Iterable[Index]) -> None:
        self._visibility.show(indexes)

    @guarded()
    def sweep(self) -> None:
        """Show all built indexes; a rolled-back write leaves nothing behind."""
        self._visibility.show(self._visibility.built)

    def index_of(self, name: str) -> Index | None:
        """The built index that a name in a plan stands for; None for a key's."""
        return self._index_names.get(name)

    @guarded()
    def bytes(self) -> int:
        self._flush()
        built = {one.name for one in self._visibility.built.values()}
        return sum(self._collection_bytes(one.name, built) for one in self._blueprint.collections)

    def statistics(self) -> Any:
        """None: MongoDB 6 keeps none, plans are tried out."""
        return None

    def restore_statistics(self, statistics: Any) -> None:
        """Nothing to do: see `statistics`."""

    def resample_statistics(self) -> None:
        """Nothing to do: see `statistics`."""

    @guarded()
    def fingerprint_rows(
        self, left_out: Mapping[TableName, Collection[str]] = MappingProxyType({})
    ) -> dict[TableName, str]:
        return {table.name: self._digest(table, left_out.get(table.name, ())) for table in self.schema.tables}

    @guarded()
    def rows(self, table: TableName) -> pl.DataFrame:
        return rows(self._stored, self._layout, table)

    @guarded()
    def disagreements(self) -> tuple[str, ...]:
        return kept(self._stored, self._layout)

    @guarded()
    def samples(self) -> dict[str, str]:
        found = samples(self._stored, self._layout)
        return {_SAMPLES: json.dumps(found, indent=2, ensure_ascii=False) + "\n"}

    @guarded()
    def session(self) -> MongoSession:
        shown = self._visibility.shown_on
        return MongoSession(self._uri, self.name, self._compile, self.index_of, self._series, shown)

    def opener(self) -> SessionOpener:
        return SessionOpener(self._uri, self.name, self._compile, dict(self._index_names), self._series)

    @guarded()
    def remove(self, indexes: Iterable[Index]) -> None:
        gone = frozenset(indexes)
        self._visibility.remove(gone)
        self._reports = {index: report for index, report in self._reports.items() if index not in gone}
        self._index_names = {name: index for name, index in self._index_names.items() if index not in gone}

    @guarded()
    def drop(self) -> None:
        self._remove()

    def _digest(self, table: Table, left_out: Collection[str]) -> str:
        made = frozenset(column.name for column in table.columns if made_up(column))
        return digest(rows(self._stored, self._layout, table.name), table, made.union(left_out))

    def _keep(self, report: BuiltIndex, name: str) -> None:
        self._reports[report.index] = report
        if not report.error:
            self._visibility.add(report.index, Built(name, self._collection(report.index)))
            self._index_names[name] = replace(report.index, name=name)

    def _weigh(self, indexes: Iterable[Index]) -> None:
        """The real bytes of these, which are known after a checkpoint."""
        self._flush()
        for index in indexes:
            built = self._visibility.built[index]
            size = int(self._stored.command("collStats", built.collection)["indexSizes"][built.name])
            self._visibility.add(index, replace(built, bytes=size))
            self._reports[index] = replace(self._reports[index], bytes=size)

    def _tried(self, index: Index) -> str:
        """The server's words against the index; empty where it takes it."""
        options = options_of(index) | {"name": "tried"}
        try:
            create(self._stored, self._collection(index), [(index, options)])
        except OperationFailure as error:
            return words(error)
        self._stored.command("dropIndexes", self._collection(index), index="tried")
        return ""

    def _collection(self, index: Index) -> str:
        return self._layout.home(index.table).collection

    def _taken(self) -> frozenset[str]:
        unique = (index for one in self._blueprint.collections for index in one.unique)
        return frozenset(self._index_names) | {str(options_of(index)["name"]) for index in unique}

    def _collection_bytes(self, name: str, without: set[str]) -> int:
        found = self._stored.command("collStats", name)
        keys = sum(size for index, size in found["indexSizes"].items() if index not in without)
        return int(found["storageSize"]) + int(keys)

    def _flush(self) -> None:
        """A checkpoint: without it sizes lag behind by a minute; left to the server where we mayn't."""
        try:
            self._client.admin.command("fsync")
        except OperationFailure as error:
            if error.code != _UNAUTHORIZED:
                raise
