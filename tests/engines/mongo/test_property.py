"""Made-up statements have the answers of PostgreSQL in every document design."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.equivalence import Verdict
from tests.engines.mongo.league import DESIGNS, SEEDS, Case, Stand, stand
from tests.engines.mongo.statements import cases

LEAST_COMPILED = 0.8
"""The share of made-up statements that have a translation, at least: what hasn't tells nothing."""


@pytest.fixture(scope="module")
def stands(
    server: Endpoint, mongo_endpoint: MongoEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Stand]]:
    """The rows of every seed, on both engines."""
    folder = tmp_path_factory.mktemp("league")
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_postgres(server))
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        made = (stand(postgres, mongo, folder, seed) for seed in range(SEEDS))
        yield [opened.enter_context(one) for one in made]


@pytest.fixture(scope="module")
def seen() -> Iterator[Counter[bool]]:
    """How many statements had a translation, and how many hadn't; in the end most had one."""
    counted: Counter[bool] = Counter()
    yield counted
    assert counted[True] >= LEAST_COMPILED * counted.total() > 0


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=cases(), seed=st.integers(0, SEEDS - 1))
def test_every_design_gives_postgresqls_answer(
    stands: list[Stand], seen: Counter[bool], case: Case, seed: int
) -> None:
    here = stands[seed]
    gap = gap_of(case, here)
    seen[not gap] += 1
    if gap:
        event(gap)
        return
    note(case.sql)
    found = here.differences(case)
    assert {label: one.detail for label, one in found.items() if one.verdict is Verdict.DIFFERENT} == {}


def gap_of(case: Case, here: Stand) -> str:
    """Why some design has no translation of the statement; empty where all have one."""
    for structures in DESIGNS.values():
        try:
            compile_query(case.query, Layout(here.schema, structures))
        except NotCompiled as error:
            return error.why
    return ""
