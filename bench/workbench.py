"""What several figures are measured on: embedded servers, and workloads loaded with all candidates."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.saying import Saying
from bench.setting import Setting
from bench.without_indexes import WithoutIndexes
from optimizer.dataset.bindings.draw import draw
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.making.cache import default_cache
from optimizer.dataset.planning.plan import plan
from optimizer.engines.base import Database, Server
from optimizer.engines.engine import Engine
from optimizer.engines.mongo.engine import MongoEngine
from optimizer.engines.mongo.server import MongoServer
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.server import TimescaleServer
from optimizer.engines.values import LoadReport, ServerRequest
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.query import Binding
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.queries.writes import is_write
from optimizer.search.finals.bindings import Sets
from optimizer.search.inputs import Inputs
from optimizer.search.plans.memo import Memo
from optimizer.search.structures.bare_writes import BareWrites
from optimizer.search.structures.loading import load_structure
from optimizer.workload.read import read

WORKLOADS = Path(__file__).parents[1] / "workloads"
MEMORY_BYTES = 1 << 30
BINDINGS = 12
"""Bindings per query: as many as a run's search takes."""
TIMEOUT_MS = 10_000.0

POSTGRES, MONGO, TIMESCALE = PostgresEngine(), MongoEngine(), TimescaleEngine()
_REQUEST = ServerRequest("embedded", memory_bytes=MEMORY_BYTES)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workload with its schema, rows and bindings."""

    workload: Workload
    schema: Schema
    dataset: Dataset
    bindings: Mapping[str, tuple[Binding, ...]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A prepared workload in a database of the baseline; `built` are the candidates' bytes on disk.

    `without` has the writes as they were before that, on an engine that maintains hidden indexes.
    """

    prepared: Prepared
    engine: Engine
    database: Database
    load: LoadReport
    built: Mapping[Index, int]
    build_seconds: float
    without: WithoutIndexes | None


class Workbench:
    """Starts each server when it is first needed, prepares and loads each workload once.

    A context manager: leaving it leaves nothing behind but the cached rows.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._undo = ExitStack()
        self._postgres: PostgresServer | None = None
        self._mongo: MongoServer | None = None
        self._timescale: TimescaleServer | None = None
        self._prepared: dict[tuple[str, float], Prepared] = {}
        self._loaded: dict[tuple[str, str, float], Loaded] = {}

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *exc: object) -> None:
        self._undo.close()

    def clear(self) -> None:
        """Stop the servers, so that what is measured next has the machine to itself."""
        self._undo.close()
        self._loaded.clear()
        self._postgres = self._mongo = self._timescale = None

    @property
    def server(self) -> PostgresServer:
        """The embedded PostgreSQL."""
        if self._postgres is None:
            self.setting.say("starting PostgreSQL")
            self._postgres = self._undo.enter_context(POSTGRES.start(_REQUEST))
        return self._postgres

    @property
    def mongo(self) -> MongoServer:
        """The embedded MongoDB."""
        if self._mongo is None:
            self.setting.say("starting MongoDB")
            self._mongo = self._undo.enter_context(MONGO.start(_REQUEST))
        return self._mongo

    @property
    def timescale(self) -> TimescaleServer:
        """The embedded TimescaleDB, a WebAssembly build."""
        if self._timescale is None:
            self.setting.say("starting TimescaleDB")
            self._timescale = TIMESCALE.start(_REQUEST)
            self._undo.push(self._timescale)
        return self._timescale

    def prepared(self, name: str, scale: float) -> Prepared:
        """One of the workloads that come with the project, its rows in the cache."""
        if (name, scale) not in self._prepared:
            self.setting.say(f"preparing {name} at scale {scale:g}")
            self._prepared[name, scale] = self._prepare(read(WORKLOADS / f"{name}.yaml", scale=scale))
        return self._prepared[name, scale]

    def loaded(self, name: str, scale: float, engine: Engine = POSTGRES) -> Loaded:
        """The workload loaded, all candidates built and shown."""
        key = (engine.name, name, scale)
        if key not in self._loaded:
            self._loaded[key] = self._load(self.prepared(name, scale), engine)
        return self._loaded[key]

    def baseline(self, prepared: Prepared, engine: Engine) -> Database:
        """A fresh database of the baseline with all rows."""
        database = self._server(engine).create(prepared.workload, "bench", prepared.schema, Design())
        database.load(prepared.dataset, self.setting.progress)
        return database

    def _server(self, engine: Engine) -> Server:
        return self.mongo if engine is MONGO else self.server

    def _prepare(self, workload: Workload) -> Prepared:
        empty = self.server.read(workload, "empty", workload.ddl)
        schema = empty.schema
        empty.drop()
        dataset = build(plan(schema, workload), default_cache(), self.setting.progress)
        bindings = {
            query.name: draw(query, schema, dataset, workload, BINDINGS, workload.seed)
            for query in workload.queries
        }
        return Prepared(workload, schema, dataset, bindings)

    def _load(self, prepared: Prepared, engine: Engine) -> Loaded:
        without = None if engine.hides_from_writes else self._without_indexes(prepared)
        loaded = load_structure(
            engine,
            self._server(engine),
            _inputs(prepared),
            frozenset(),
            Saying(self.setting),
            without or (lambda database: None),
        )
        sizes = {index: one.bytes for index, one in loaded.built.items()}
        return Loaded(prepared, engine, loaded.database, loaded.load, sizes, loaded.build_seconds, without)

    def _without_indexes(self, prepared: Prepared) -> WithoutIndexes:
        folder = self._undo.enter_context(TemporaryDirectory(prefix="bench-"))
        memo = self._undo.enter_context(closing(Memo(Path(folder) / "measurements.jsonl")))
        workload = prepared.workload
        writes = [query for query in workload.queries if is_write(query, prepared.schema)]
        return WithoutIndexes(BareWrites(writes, prepared.bindings, memo, workload.seed, TIMEOUT_MS))


def _inputs(prepared: Prepared) -> Inputs:
    """What a search's load takes; a figure has no finals."""
    none = Sets({}, {}, {})
    return Inputs(prepared.workload, prepared.schema, prepared.dataset, (), prepared.bindings, none, Path())
