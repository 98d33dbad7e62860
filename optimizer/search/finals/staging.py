"""Finalists: each design's own DDL text in a fresh database, loaded; to qualify, a copy will do."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from optimizer.dataset.dataset import Dataset
from optimizer.engines.base import Database, Server, Session
from optimizer.engines.engine import Engine
from optimizer.engines.values import BuiltIndex, LoadReport
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from optimizer.watch import Clock, Watcher


@dataclass(frozen=True, slots=True)
class Stage:
    """What finalists are built from; `statistics` are the planner's, by structures, taken once in the search.

    `reference` is the finalist of another engine whose answers are the right ones; None: this engine's own
    baseline is. With `beside` it is measured in the same rounds, else only its writes are run.
    """

    engine: Engine
    server: Server
    workload: Workload
    schema: Schema
    dataset: Dataset
    statistics: Mapping[frozenset[Structure], Any]
    watch: Watcher
    clock: Clock
    reference: Finalist | None = None
    beside: bool = False

    @property
    def longest_ms(self) -> float:
        """How long a statement may run before it is stopped."""
        return self.clock.statement_ms(max(query.target.ms for query in self.workload.queries))


@dataclass(slots=True)
class Finalist:
    """A design in a database of its own, with a session to it; `definitions` are its indexes as DDL."""

    label: str
    design: Design
    database: Database
    session: Session
    built: Mapping[Index, BuiltIndex]
    load: LoadReport
    definitions: Mapping[Index, str] = field(default_factory=dict)
    closed: bool = False

    @property
    def bytes(self) -> int:
        """Tables, keys and indexes, as they stand on disk."""
        return self.load.bytes + sum(self.built[index].bytes for index in self.design.indexes)

    def sweep(self) -> None:
        """Clear away what rolled-back writes left behind: what was measured before costs nothing now."""
        self.database.sweep()
        self.database.show(self.design.indexes)

    def close(self) -> None:
        """Close the session and drop the database; closing twice is fine."""
        if not self.closed:
            self.closed = True
            self.session.close()
            self.database.drop()


def build(stage: Stage, label: str, design: Design, anew: bool = True) -> Finalist:
    """Create, load and index one finalist; unless `anew`, its structures may be brought into a copy.

    An index that the server refuses isn't part of the design any more, which is noted.
    """

    def progress(what: str, fraction: float) -> None:
        stage.watch.step(f"{label}: {what}", fraction)

    database = stage.server.create(stage.workload, f"final_{label}", stage.schema, design)
    load = database.load(stage.dataset, progress, anew=anew)
    indexes = sorted(design.indexes, key=lambda index: index.name)
    reports = database.build(indexes, progress)
    for one in reports:
        if one.error:
            stage.watch.note(f"{label}: refused {stage.engine.render(one.index)}: {one.error}")
    built = {one.index: one for one in reports if not one.error}
    if (statistics := stage.statistics.get(design.structures)) is not None:
        database.restore_statistics(statistics)
    session = database.session()
    for query in stage.workload.queries:
        session.prepare(query)
    definitions = {index: stage.engine.render(index) for index in built}
    made = replace(design, indexes=frozenset(built))
    return Finalist(label, made, database, session, built, load, definitions)


def build_until(cleanup: ExitStack, stage: Stage, label: str, design: Design, anew: bool = True) -> Finalist:
    """Create, load and index one finalist, which goes with the others of `cleanup`; see build."""
    finalist = build(stage, label, design, anew)
    cleanup.callback(finalist.close)
    return finalist
