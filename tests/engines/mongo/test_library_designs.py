"""The library's workloads on every structure that is proposed for them: the same answers, the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.growth import largest_parents
from optimizer.design.documents.layout import Layout, conflict
from optimizer.design.documents.proposals import proposals
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from tests.engines.library import Loaded, Structures, load, together, workload_of

TIMEOUT_MS = 10_000

GAPS = {
    "shop": set(),
    "saas": set(),
    "events": {"summary_of_user"},
    "blog": set(),
    "metrics": set(),
    "devops": set(),
    "iot": set(),
}
"""The queries that some designs have no translation for: a view that PostgreSQL alone fills, whose statement
for MongoDB (see test_summary_of_user.py) is written for the events as they are."""


@pytest.fixture(scope="module", params=sorted(GAPS))
def loaded(
    request: pytest.FixtureRequest,
    server: Endpoint,
    mongo_endpoint: MongoEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """One of the library's workloads, loaded in designs that have each proposed structure at least once."""
    workload = workload_of(request.param)
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_postgres(server))
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        origin = postgres.read(workload, "library", workload.ddl)
        folder = tmp_path_factory.mktemp("library")
        yield load(opened, workload, origin, mongo, folder, lambda s, d: _designs(workload, s, d))


def test_every_query_has_a_translation_on_every_design(loaded: Loaded) -> None:
    gaps = {
        query.name
        for structures, _, _ in loaded.designs
        for query in loaded.workload.queries
        if not _is_translated(loaded, query, structures)
    }
    assert gaps == GAPS[loaded.workload.name]


def test_reads_and_writes_agree_on_every_design(loaded: Loaded) -> None:
    gaps = GAPS[loaded.workload.name]
    reads = [query for query in loaded.reads() if query.name not in gaps]
    writes = [query for query in loaded.writes() if query.name not in gaps]
    assert loaded.differing_answers(reads, TIMEOUT_MS) == []
    for query in writes:
        assert loaded.write(query) == []
    assert loaded.differing_rows() == []
    assert [line for _, database, _ in loaded.designs for line in database.disagreements()] == []
    assert loaded.differing_answers(reads, TIMEOUT_MS) == []


def _is_translated(loaded: Loaded, query: Query, structures: Structures) -> bool:
    layout = Layout(loaded.schema, structures)
    try:
        compile_query(query, layout, loaded.workload.session, frozenset(loaded.workload.relax))
    except NotCompiled:
        return False
    return True


def _designs(workload: Workload, schema: Schema, dataset: Dataset) -> list[Structures]:
    """First the one that has no structure, then designs that have every structure in one of them."""
    found, _ = proposals(workload, schema, lambda c, k: largest_parents(dataset, schema, c, k))
    return [frozenset(), *together((candidate.structure for candidate in found), conflict)]
