"""The library's workloads on every structure that is proposed for them: the same answers, the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import connect_server
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from tests.engines.library import Loaded, Structures, load, together, workload_of

NAMES = ("shop", "saas", "events", "blog", "feed", "metrics", "iot")
ENGINE = PostgresEngine()


@pytest.fixture(scope="module", params=NAMES)
def loaded(
    request: pytest.FixtureRequest, server: PostgresEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """One of the library's workloads, loaded in designs that have each proposed structure at least once."""
    workload = workload_of(request.param)
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_server(server))
        origin = postgres.read(workload, "library", workload.ddl)
        folder = tmp_path_factory.mktemp("library")
        yield load(opened, workload, origin, postgres, folder, lambda s, d: _designs(workload, s, d))


def test_something_is_proposed(loaded: Loaded) -> None:
    assert [structures for structures, _, _ in loaded.designs if structures]


def test_no_limit_cuts_through_a_tie(loaded: Loaded) -> None:
    cut = [
        f"{query.name} ({binding.label})"
        for query in loaded.reads()
        for binding in loaded.bindings(query)
        if loaded.order(query, binding, loaded.reference.answer(query, binding)).cut
    ]
    assert cut == []


def test_reads_and_writes_agree_on_every_design(loaded: Loaded) -> None:
    reads = loaded.reads()
    assert loaded.differing_answers(reads) == []
    for query in loaded.writes():
        assert loaded.write(query) == []
    assert loaded.differing_rows() == []
    assert [line for _, database, _ in loaded.designs for line in database.disagreements()] == []
    assert loaded.differing_answers(query for query in reads if query.staleness_s is None) == []
    for _, database, _ in loaded.designs:
        database.refresh()
    assert loaded.differing_answers(reads) == []


def _designs(workload: Workload, schema: Schema, dataset: Dataset) -> list[Structures]:
    """Designs that have every structure in one of them that a statement can run on."""

    def conflict(structures: Structures) -> bool:
        return bool(ENGINE.conflict(structures) or ENGINE.problems(workload, schema, structures))

    found, _ = ENGINE.structures(workload, schema, dataset)
    every = (candidate.structure for candidate in found)
    usable = [one for one in every if not ENGINE.problems(workload, schema, frozenset({one}))]
    return together(usable, conflict)
