"""The library's workloads on every structure that is proposed for them: the same answers, the same rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.design.documents.growth import largest_parents
from optimizer.design.documents.layout import Layout, conflict
from optimizer.design.documents.proposals import proposals
from optimizer.engines.base import Database, Session
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.server import connect_server
from optimizer.engines.postgres.server import connect_server as connect_postgres
from optimizer.engines.providers.endpoint import Endpoint
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.answer import Answer
from optimizer.model.design import Design
from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from optimizer.queries.witness import order_of, witness
from optimizer.queries.writes import is_write
from optimizer.search.finals.row_difference import difference
from optimizer.workload.read import read

LIBRARY = Path(__file__).parents[3] / "workloads"
SCALE = 0.005
DRAWN = 4
TIMEOUT_MS = 10_000

GAPS = {"shop": set(), "saas": set(), "events": {"summary_of_user"}, "blog": set()}
"""The queries that some designs have no translation for: a view that PostgreSQL alone fills, whose statement
for MongoDB (see test_summary_of_user.py) is written for the events as they are."""


@dataclass(frozen=True, repr=False)
class Loaded:
    """A workload's rows in PostgreSQL, and in MongoDB in some designs."""

    workload: Workload
    schema: Schema
    dataset: Dataset
    origin: Database
    reference: Session
    designs: tuple[tuple[frozenset[Structure], Database, Session], ...]

    def bindings(self, query: Query) -> tuple[Binding, ...]:
        """A few values for the query's parameters, rare and missing ones among them."""
        arguments = (query, self.schema, self.dataset, self.workload)
        return (*draw(*arguments, DRAWN, 1), *special(*arguments, 1))

    def order(self, query: Query, binding: Binding, answer: Answer) -> Order:
        """How PostgreSQL's rows are ordered."""
        known = witness(query.statements[-1].text, self.schema)
        if known.sql is None or not answer.rows:
            return order_of(known, len(answer.rows), ())
        text = replace(query.statements[-1], text=known.sql)
        probe = replace(query, name=f"{query.name} with its order", statements=(text,))
        return order_of(known, len(answer.rows), self.reference.answer(probe, binding).rows)


@pytest.fixture(scope="module", params=sorted(GAPS))
def loaded(
    request: pytest.FixtureRequest,
    server: Endpoint,
    mongo_endpoint: MongoEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Loaded]:
    """One of the library's workloads, loaded in designs that have each proposed structure at least once."""
    workload = read(LIBRARY / f"{request.param}.yaml", scale=SCALE)
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_postgres(server))
        mongo = opened.enter_context(connect_server(mongo_endpoint))
        origin = postgres.read(workload, "library", workload.ddl)
        schema = origin.schema
        dataset = build(plan(schema, workload), tmp_path_factory.mktemp("library"), lambda *_: None)
        origin.load(dataset, lambda *_: None)
        found, _ = proposals(workload, schema, lambda c, k: largest_parents(dataset, schema, c, k))
        made = []
        for structures in _together([candidate.structure for candidate in found]):
            database = mongo.create(workload, "library", schema, Design(structures=structures))
            database.load(dataset, lambda *_: None)
            made.append((structures, database, opened.enter_context(closing(database.session()))))
        reference = opened.enter_context(closing(origin.session()))
        yield Loaded(workload, schema, dataset, origin, reference, tuple(made))


def test_every_query_has_a_translation_on_every_design(loaded: Loaded) -> None:
    gaps = {
        query.name
        for structures, _, _ in loaded.designs
        for query in loaded.workload.queries
        if not _is_translated(loaded, query, structures)
    }
    assert gaps == GAPS[loaded.workload.name]


def test_reads_and_writes_agree_on_every_design(loaded: Loaded) -> None:
    queries = [query for query in loaded.workload.queries if query.name not in GAPS[loaded.workload.name]]
    reads = [query for query in queries if not is_write(query, loaded.schema)]
    writes = [query for query in queries if query not in reads]
    assert _differing_answers(loaded, reads) == []
    for query in writes:
        assert _write(loaded, query) == []
    assert _differing_rows(loaded) == []
    assert _differing_answers(loaded, reads) == []


def _differing_answers(loaded: Loaded, queries: Sequence[Query]) -> list[str]:
    differing = []
    for query in queries:
        for binding in loaded.bindings(query):
            expected = loaded.reference.answer(query, binding)
            order = loaded.order(query, binding, expected)
            for structures, _, session in loaded.designs:
                found = compare(expected, session.answer(query, binding, TIMEOUT_MS), order)
                if found.verdict is Verdict.DIFFERENT:
                    differing.append(f"{_label(structures)}: {query.name} ({binding.label}): {found.detail}")
    return differing


def _write(loaded: Loaded, query: Query) -> list[str]:
    """Run a write everywhere, for good; what is refused elsewhere than on PostgreSQL."""
    differing = []
    for binding in draw(query, loaded.schema, loaded.dataset, loaded.workload, DRAWN, 2):
        refused = loaded.reference.answer(query, binding).error
        for structures, _, session in loaded.designs:
            error = session.answer(query, binding).error
            if error != refused:
                differing.append(f"{_label(structures)}: {query.name}: {refused!r} expected, got {error!r}")
        if not refused and not differing:
            sessions = (loaded.reference, *(session for _, _, session in loaded.designs))
            kept = [session.time(query, binding, keep=True) for session in sessions]
            assert {execution.status for execution in kept} == {Status.OK}
    return differing


def _differing_rows(loaded: Loaded) -> list[str]:
    differing = []
    for table in loaded.schema.tables:
        rows = loaded.origin.rows(table.name)
        for structures, database, _ in loaded.designs:
            detail = difference(rows, database.rows(table.name), table)
            differing += [f"{_label(structures)}: {table.name}: {detail}"] if detail else []
    return differing


def _is_translated(loaded: Loaded, query: Query, structures: frozenset[Structure]) -> bool:
    layout = Layout(loaded.schema, structures)
    try:
        compile_query(query, layout, loaded.workload.session, frozenset(loaded.workload.relax))
    except NotCompiled:
        return False
    return True


def _together(structures: Sequence[Structure]) -> list[frozenset[Structure]]:
    """Designs that have every structure in one of them; first the one that has none."""
    designs: list[frozenset[Structure]] = []
    for structure in structures:
        place = next((n for n, one in enumerate(designs) if not conflict({*one, structure})), None)
        if place is None:
            designs.append(frozenset({structure}))
        else:
            designs[place] |= {structure}
    return [frozenset(), *designs]


def _label(structures: frozenset[Structure]) -> str:
    return " + ".join(sorted(structure.label for structure in structures)) or "referenced"
