"""The library's own statement for MongoDB: what PostgreSQL answers out of its materialized view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.design.documents.layout import Layout
from optimizer.engines.base import Session
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.design import Design
from optimizer.model.documents import TimeSeries
from optimizer.model.measurement import Status
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText, Target
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.workload.read import read

EVENTS = Path(__file__).parents[3] / "workloads" / "events.yaml"
SCALE = 0.002

SQL = {
    "stream": "INSERT INTO streams (aggregate_id, aggregate_type) VALUES (:id, :type)",
    "event": "INSERT INTO events (aggregate_id, aggregate_type, event_type, event_data, created_at)"
    " VALUES (:id, :type, :event, :data, :at)",
    "refresh": "REFRESH MATERIALIZED VIEW user_summary",
}
USER, NO_ORDER, OTHER, NO_EVENT = (str(UUID(int=n)) for n in range(1, 5))
ROWS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (USER, "user", "order.placed", "2025-01-01", {"amount": 0.1, "email": "b@x", "name": "Zoë"}),
    (USER, "user", "order.placed", "2025-01-02", {"amount": 0.2, "email": "B@x", "name": "\U0001f600"}),
    (USER, "user", "order.placed", "2025-01-03", {"amount": 7, "email": None, "name": "\uffee"}),
    (USER, "user", "order.placed", "2025-01-04", {"amount": None}),
    (USER, "user", "order.paid", "2025-01-05", {"amount": 1000}),
    (USER, "user", "user.login", "2025-01-06", {}),
    (USER, "user", "user.login", "2025-01-01", {}),
    (NO_ORDER, "user", "order.placed", "2025-01-01", {"name": "$name"}),
    (OTHER, "order", "order.placed", "2025-01-01", {"amount": 5, "email": "o@x"}),
)


@dataclass(frozen=True)
class Summaries:
    """The workload's rows, and those above, in both engines."""

    workload: Workload
    schema: Schema
    dataset: Dataset
    reference: Session
    documents: Session

    @property
    def query(self) -> Query:
        return next(query for query in self.workload.queries if query.name == "summary_of_user")

    def differences(self, bindings: tuple[Binding, ...]) -> list[str]:
        found = []
        for binding in bindings:
            expected = self.reference.answer(self.query, binding)
            assert not expected.error
            compared = compare(expected, self.documents.answer(self.query, binding), Order())
            found += [compared.detail] if compared.verdict is not Verdict.SAME else []
        return found


@pytest.fixture(scope="module")
def summaries(
    server: Endpoint, mongo_endpoint: MongoEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Summaries]:
    workload = read(EVENTS, scale=SCALE)
    with ExitStack() as opened:
        origin = opened.enter_context(connect_postgres(server)).read(workload, "summary", workload.ddl)
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        documents = mongo.create(workload, "summary", origin.schema, Design())
        dataset = build(plan(origin.schema, workload), tmp_path_factory.mktemp("summary"), lambda *_: None)
        for database in (origin, documents):
            database.load(dataset, lambda *_: None)
        sessions = [opened.enter_context(closing(one.session())) for one in (origin, documents)]
        yield Summaries(workload, origin.schema, dataset, *sessions)


def test_of_the_workload_s_own_rows(summaries: Summaries) -> None:
    arguments = (summaries.query, summaries.schema, summaries.dataset, summaries.workload)
    bindings = (*draw(*arguments, 20, 1), *special(*arguments, 1))
    assert summaries.differences(bindings) == []
    assert any(summaries.documents.answer(summaries.query, binding).rows for binding in bindings)


def test_of_rows_that_are_hard(summaries: Summaries) -> None:
    """Text by code point, sums of decimals, nothing to add up, another kind of stream, no event at all."""
    sessions = (summaries.reference, summaries.documents)
    for user, kind in dict.fromkeys((row[0], row[1]) for row in ROWS):
        _run(sessions, "stream", id=user, type=kind)
    for user, kind, event, at, data in ROWS:
        _run(sessions, "event", id=user, type=kind, event=event, data=json.dumps(data), at=at)
    _run((summaries.reference,), "refresh")
    bindings = tuple(Binding((("user_id", user),)) for user in (USER, NO_ORDER, OTHER, NO_EVENT))
    assert summaries.differences(bindings) == []
    rows = [summaries.documents.answer(summaries.query, binding).rows for binding in bindings]
    assert [len(one) for one in rows] == [1, 1, 0, 0]
    assert (rows[0][0][3], rows[1][0][3]) == (Decimal("7.3"), None)


def test_it_is_written_for_events_as_they_are(summaries: Summaries) -> None:
    series = TimeSeries(TableName("public", "events"), "created_at", ("aggregate_id",))
    with pytest.raises(NotCompiled, match="reads events"):
        compile_query(summaries.query, Layout(summaries.schema, frozenset({series})))


def _run(sessions: tuple[Session, ...], name: str, **values: Any) -> None:
    query = Query(name, 1.0, Target(), (SourceText(SQL[name], "test"),))
    for session in sessions:
        execution = session.time(query, Binding(tuple(values.items())), keep=True)
        assert execution.status is Status.OK, execution.error
