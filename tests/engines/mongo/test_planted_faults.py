"""The equivalence check finds every mistake that is planted in what the compiler makes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.program import Program
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.mongo.session import MongoSession
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.equivalence import Verdict, compare
from optimizer.model.query import Query
from tests.engines.mongo.corpus import CORPUS
from tests.engines.mongo.faults import FAULTS
from tests.engines.mongo.league import DESIGNS, Case, Stand, stand
from tests.engines.mongo.rewriting import Fault

FEWEST = 20


@pytest.fixture(scope="module")
def here(
    server: Endpoint, mongo_endpoint: MongoEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """The rows of one seed on both engines."""
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_postgres(server))
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        yield opened.enter_context(stand(postgres, mongo, tmp_path_factory.mktemp("faults"), 1))


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: "; ".join((*case.before, case.sql)))
def test_without_a_fault_nothing_differs(here: Stand, case: Case) -> None:
    found = here.differences(case)
    assert {label: one.detail for label, one in found.items() if one.verdict is not Verdict.SAME} == {}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(here: Stand, mongo_endpoint: MongoEndpoint, name: str) -> None:
    fault, touched = FAULTS[name], 0
    for label, case in ((label, case) for case in CORPUS for label in DESIGNS):
        right = _program(here, label, case)
        if right is None or fault(right) == right:
            continue
        touched += 1
        if _is_found(here, mongo_endpoint, label, case, fault):
            return
    pytest.fail(f"{touched} programs were changed, and none of their answers differed")


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= FEWEST


def _program(here: Stand, label: str, case: Case) -> Program | None:
    try:
        return compile_query(case.query, Layout(here.schema, DESIGNS[label]))
    except NotCompiled:
        return None


def _is_found(here: Stand, endpoint: MongoEndpoint, label: str, case: Case, fault: Fault) -> bool:
    """True where the changed program answers, and the answer isn't the reference's."""

    def faulty(query: Query) -> Program:
        return fault(compile_query(query, Layout(here.schema, DESIGNS[label])))

    expected, order = here.expected(case)
    with closing(
        MongoSession(endpoint.uri, here.databases[label].name, faulty, lambda name: None)
    ) as session:
        answer = session.answer(case.query, case.binding)
    refused = answer.error.startswith("error") and not expected.error
    return not refused and compare(expected, answer, order).verdict is Verdict.DIFFERENT
