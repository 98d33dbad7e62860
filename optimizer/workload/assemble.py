"""From the file's sections, all known to be right, to the model. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from optimizer.errors import Position
from optimizer.model.query import Query, Target
from optimizer.model.workload import (
    Budget,
    ColumnData,
    Limits,
    Load,
    SessionSettings,
    Volume,
    Workload,
)
from optimizer.workload.defaults import defaults
from optimizer.workload.document import Document
from optimizer.workload.named_files import NamedFiles
from optimizer.workload.sections import QuerySection, VolumeSection, WorkloadSection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; None: nothing."""

    scale: float | None = None
    seed: int | None = None
    engines: tuple[str, ...] | None = None
    seconds: float | None = None
    trials: int | None = None

    def given(self) -> frozenset[str]:
        """Names of the options that are set."""
        names = ("scale", "seed", "engines", "seconds", "trials")
        return frozenset(name for name in names if getattr(self, name) is not None)


def assemble(
    path: Path, file: WorkloadSection, document: Document, files: NamedFiles, options: Options, digest: str
) -> Workload:
    """The workload; what the command line says wins over the file, and the file over the defaults."""
    scale = _first(options.scale, file.scale, Workload.scale)
    workload = Workload(
        name=file.name or _name_of(path),
        path=path,
        ddl=files.texts[("schema",)],
        queries=tuple(_queries(file, document)),
        volumes=tuple(_volumes(file, document, path.parent, scale)),
        text_digest=digest,
        description=file.description,
        engines=options.engines or tuple(dict.fromkeys(file.engines or Workload.engines)),
        seed=_first(options.seed, file.seed, Workload.seed),
        scale=scale,
        data=tuple(_data(file, document)),
        session=_session(file, document),
        load=Load(file.load.clients or Load().clients, file.load.rate),
        memory_bytes=file.server.memory or Workload.memory_bytes,
        retention=tuple(file.retention.items()),
        contenders=tuple((name, files.texts[("designs", name)]) for name in file.designs),
        limits=Limits(file.limits.storage, file.limits.indexes_per_table),
        relax=tuple(file.relax),
        budget=_budget(file, options),
        positions=_positions(file, document),
    )
    return replace(workload, defaults=tuple(defaults(file, workload, options.given())))


def _queries(file: WorkloadSection, document: Document) -> Iterator[Query]:
    total = sum(query.weight or 1.0 for query in file.queries)
    for number, query in enumerate(file.queries):
        yield _query(query, number, file.target or Target(), total, document)


def _query(query: QuerySection, number: int, target: Target, total: float, document: Document) -> Query:
    path = ("queries", number)
    listed = isinstance(document.data["queries"][number]["sql"], list)
    places = [(*path, "sql", i) if listed else (*path, "sql") for i in range(len(query.sql))]
    positions = {name: document.position((*path, "params", name)) for name in query.params}
    texts = {"mongo": query.mongo, "timescale": query.timescale}
    return Query(
        name=query.name,
        share=(query.weight or 1.0) / total,
        target=query.target or target,
        statements=tuple(document.source(place) for place in places),
        params={name: replace(spec, position=positions[name]) for name, spec in query.params.items()},
        staleness_s=query.staleness,
        overrides={engine: text for engine, text in texts.items() if text is not None},
        position=document.position((*path, "name")),
    )


def _volumes(file: WorkloadSection, document: Document, folder: Path, scale: float) -> Iterator[Volume]:
    for table, volume in file.volumes.items():
        yield Volume(
            table=table,
            rows=_scaled(volume, scale),
            per=volume.per,
            mean=volume.mean,
            skew=volume.skew or "none",
            file=folder / volume.file if volume.file else None,
            position=document.key_position(("volumes", table)),
        )


def _scaled(volume: VolumeSection, scale: float) -> int | None:
    """Rows at that scale, rounded half up; a table with rows keeps one at least."""
    if volume.rows is None:
        return None
    return max(int(volume.rows * scale + 0.5), min(volume.rows, 1))


def _data(file: WorkloadSection, document: Document) -> Iterator[ColumnData]:
    for name, spec in file.data.items():
        table, _, column = name.rpartition(".")
        yield ColumnData(table, column, spec, document.key_position(("data", name)))


def _session(file: WorkloadSection, document: Document) -> SessionSettings:
    position = document.key_position(("session",)) if "session" in document.data else None
    return SessionSettings(file.session.role, tuple(file.session.settings.items()), position)


def _budget(file: WorkloadSection, options: Options) -> Budget:
    return Budget(
        _first(options.seconds, file.search.time, Budget().seconds),
        _first(options.trials, file.search.trials, Budget().trials),
    )


def _positions(file: WorkloadSection, document: Document) -> dict[tuple[str | int, ...], Position]:
    paths: list[tuple[str | int, ...]] = [("retention", table) for table in file.retention]
    paths += [("session", "settings", setting) for setting in file.session.settings]
    paths += [("relax", number) for number in range(len(file.relax))]
    return {path: document.key_position(path) for path in paths}


def _name_of(path: Path) -> str:
    return re.sub("[^a-z0-9-]+", "-", path.stem.lower()).strip("-") or "workload"


def _first(*values: T | None) -> T:
    return next(value for value in values if value is not None)
