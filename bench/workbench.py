"""What several figures are measured on: one embedded server, and workloads loaded with all candidates."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.setting import Setting
from optimizer.dataset.bindings.draw import draw
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.making.cache import default_cache
from optimizer.dataset.planning.plan import plan
from optimizer.engines.base import LoadReport, ServerRequest
from optimizer.engines.postgres.database import PostgresDatabase
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import PostgresServer
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.query import Binding
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.workload.read import read

WORKLOADS = Path(__file__).parents[1] / "workloads"
MEMORY_BYTES = 1 << 30
BINDINGS = 12
"""Bindings per query: as many as a run's search takes."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workload with its schema, rows and bindings, and the candidates as the server spells them."""

    workload: Workload
    schema: Schema
    dataset: Dataset
    bindings: Mapping[str, tuple[Binding, ...]]
    candidates: tuple[Index, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A prepared workload in a database of the baseline; `built` are the candidates' bytes on disk."""

    prepared: Prepared
    database: PostgresDatabase
    load: LoadReport
    built: Mapping[Index, int]


class Workbench:
    """Starts the server when it is first needed, prepares and loads each workload once.

    A context manager: leaving it leaves nothing behind but the cached rows.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.engine = PostgresEngine()
        self._undo = ExitStack()
        self._server: PostgresServer | None = None
        self._prepared: dict[tuple[str, float], Prepared] = {}
        self._loaded: dict[tuple[str, float], Loaded] = {}

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *exc: object) -> None:
        self._undo.close()

    @property
    def server(self) -> PostgresServer:
        """The embedded server."""
        if self._server is None:
            self.setting.say("starting the server")
            server = self.engine.start(ServerRequest("embedded", memory_bytes=MEMORY_BYTES))
            assert isinstance(server, PostgresServer)
            self._server = self._undo.enter_context(server)
        return self._server

    def prepared(self, name: str, scale: float) -> Prepared:
        """One of the workloads that come with the project, its rows in the cache."""
        if (name, scale) not in self._prepared:
            self.setting.say(f"preparing {name} at scale {scale:g}")
            self._prepared[name, scale] = self._prepare(read(WORKLOADS / f"{name}.yaml", scale=scale))
        return self._prepared[name, scale]

    def loaded(self, name: str, scale: float) -> Loaded:
        """The workload loaded, all candidates built and shown."""
        if (name, scale) not in self._loaded:
            prepared = self.prepared(name, scale)
            database, load = self.baseline(prepared)
            built = database.build(prepared.candidates, self.setting.progress)
            sizes = {one.index: one.bytes for one in built if not one.error}
            self._loaded[name, scale] = Loaded(prepared, database, load, sizes)
        return self._loaded[name, scale]

    def baseline(self, prepared: Prepared) -> tuple[PostgresDatabase, LoadReport]:
        """A fresh database of the baseline with all rows."""
        database = self.server.create(prepared.workload, "bench", prepared.schema, Design())
        return database, database.load(prepared.dataset, self.setting.progress)

    def _prepare(self, workload: Workload) -> Prepared:
        empty = self.server.read(workload, "empty", workload.ddl)
        schema = empty.schema
        proposed, _ = self.engine.candidates(workload, schema)
        spelt = empty.canonical([candidate.index for candidate in proposed])
        empty.drop()
        dataset = build(plan(schema, workload), default_cache(), self.setting.progress)
        bindings = {
            query.name: draw(query, schema, dataset, workload, BINDINGS, workload.seed)
            for query in workload.queries
        }
        kept = dict.fromkeys(index for index in spelt.values() if isinstance(index, Index))
        return Prepared(workload, schema, dataset, bindings, tuple(kept))
