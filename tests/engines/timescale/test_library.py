"""The library's time series in every structure that is proposed: PostgreSQL's answers and rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.design.hypertables import integrity, steps
from optimizer.engines.postgres.server import PostgresServer
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.engines.timescale.server import TimescaleServer
from optimizer.model.design import Design
from optimizer.model.hypertables import Columnstore, ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.workload.read import read
from tests.engines.library import LIBRARY, Loaded, Structures, together, workload_of

SCALES = {"metrics": 0.006, "devops": 0.01, "iot": 0.02}
ENGINE = TimescaleEngine()
MINUTE = 60
CPU = TableName("public", "cpu")
OF_DEVOPS: list[Structures] = [
    frozenset({Hypertable(CPU, "time", 5 * MINUTE, ("tags_id", 2))}),
    frozenset(
        {Hypertable(CPU, "time", 3 * MINUTE, None, Columnstore(("tags_id",), (("time", True),), 6 * MINUTE))}
    ),
]
"""So few rows are of half an hour, for which nothing is proposed."""


@pytest.fixture(scope="module", params=SCALES)
def loaded(
    request: pytest.FixtureRequest,
    timescale: TimescaleServer,
    postgres_beside: PostgresServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """A workload loaded into PostgreSQL's plain tables, and into designs of all that is proposed."""
    workload_of(request.param)
    workload = read(LIBRARY / f"{request.param}.yaml", scale=SCALES[request.param])
    with ExitStack() as opened:
        origin = postgres_beside.read(workload, "library", workload.ddl)
        opened.callback(origin.drop)
        dataset = build(plan(origin.schema, workload), tmp_path_factory.mktemp("rows"), lambda *_: None)
        origin.load(dataset, lambda *_: None)
        made = []
        for structures in _designs(workload, origin.schema, dataset):
            database = timescale.create(workload, "library", origin.schema, Design(structures=structures))
            opened.callback(database.drop)
            database.load(dataset, lambda *_: None)
            made.append((structures, database, opened.enter_context(closing(database.session()))))
        reference = opened.enter_context(closing(origin.session()))
        yield Loaded(workload, origin.schema, dataset, origin, reference, tuple(made))


def test_there_are_chunks_columns_and_kept_buckets(loaded: Loaded) -> None:
    structures = frozenset().union(*(design for design, _, _ in loaded.designs))
    cut = [one for one in structures if isinstance(one, Hypertable)]
    assert {one.columnstore is None for one in cut} == {True, False}
    kept = [one for one in structures if isinstance(one, ContinuousAggregate)]
    assert bool(kept) is any(query.staleness_s for query in loaded.workload.queries)


def test_reads_and_writes_agree_on_every_design(loaded: Loaded) -> None:
    reads = loaded.reads()
    assert loaded.differing_answers(reads) == []
    for query in loaded.writes():
        assert loaded.write(query) == []
    assert loaded.differing_rows() == []
    assert loaded.differing_answers(query for query in reads if query.staleness_s is None) == []
    for _, database, _ in loaded.designs:
        assert database.disagreements() == ()
        database.refresh()
    assert loaded.differing_answers(reads) == []
    for _, database, _ in loaded.designs:
        database.sweep()
        assert database.fingerprint_rows() == loaded.origin.fingerprint_rows()


def _designs(workload: Workload, schema: Schema, dataset: Dataset) -> list[Structures]:
    """Designs that have every structure in one of them: as if some hundred rows were many."""
    if workload.name == "devops":
        return OF_DEVOPS
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(integrity, "LEAST_ROWS", 1_000)
        patched.setattr(steps, "LEAST_CHUNK_ROWS", 100)
        patched.setattr(steps, "MOST_STEPS", 2)
        found, _ = ENGINE.structures(workload, schema, dataset)
    every = [candidate.structure for candidate in found]
    return together(every, ENGINE.conflict)
