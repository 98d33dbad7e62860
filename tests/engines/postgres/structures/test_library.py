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
from optimizer.engines.base import Database, Session
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.server import connect_server
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
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

LIBRARY = Path(__file__).parents[4] / "workloads"
NAMES = ("shop", "saas", "events", "blog", "feed")
ENGINE = PostgresEngine()
SCALE = 0.005
DRAWN = 4


@dataclass(frozen=True, repr=False)
class Loaded:
    """A workload's rows in the user's own tables, and in some designs."""

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

    def reads(self, stale: bool = True) -> list[Query]:
        """The reads; where stale ones aren't asked for, those alone whose answers must be fresh."""
        found = [query for query in self.workload.queries if not is_write(query, self.schema)]
        return found if stale else [query for query in found if query.staleness_s is None]

    def order(self, query: Query, binding: Binding, answer: Answer) -> Order:
        """How the rows of an answer are ordered."""
        known = witness(query.statements[-1].text, self.schema)
        if known.sql is None or not answer.rows:
            return order_of(known, len(answer.rows), ())
        text = replace(query.statements[-1], text=known.sql)
        probe = replace(query, name=f"{query.name} with its order", statements=(text,))
        return order_of(known, len(answer.rows), self.reference.answer(probe, binding).rows)


@pytest.fixture(scope="module", params=NAMES)
def loaded(
    request: pytest.FixtureRequest, server: PostgresEndpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    """One of the library's workloads, loaded in designs that have each proposed structure at least once."""
    workload = read(LIBRARY / f"{request.param}.yaml", scale=SCALE)
    with ExitStack() as opened:
        postgres = opened.enter_context(connect_server(server))
        origin = postgres.read(workload, "library", workload.ddl)
        schema = origin.schema
        dataset = build(plan(schema, workload), tmp_path_factory.mktemp("library"), lambda *_: None)
        origin.load(dataset, lambda *_: None)
        found, _ = ENGINE.structures(workload, schema, dataset)
        made = []
        for structures in _together(workload, schema, [candidate.structure for candidate in found]):
            database = postgres.create(workload, "library", schema, Design(structures=structures))
            database.load(dataset, lambda *_: None)
            made.append((structures, database, opened.enter_context(closing(database.session()))))
        reference = opened.enter_context(closing(origin.session()))
        yield Loaded(workload, schema, dataset, origin, reference, tuple(made))


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
    assert _differing_answers(loaded, loaded.reads()) == []
    for query in loaded.workload.queries:
        if is_write(query, loaded.schema):
            assert _write(loaded, query) == []
    assert _differing_rows(loaded) == []
    assert [line for _, database, _ in loaded.designs for line in database.disagreements()] == []
    assert _differing_answers(loaded, loaded.reads(stale=False)) == []
    for _, database, _ in loaded.designs:
        database.refresh()
    assert _differing_answers(loaded, loaded.reads()) == []


def _differing_answers(loaded: Loaded, queries: Sequence[Query]) -> list[str]:
    differing = []
    for query in queries:
        for binding in loaded.bindings(query):
            expected = loaded.reference.answer(query, binding)
            order = loaded.order(query, binding, expected)
            for structures, _, session in loaded.designs:
                found = compare(expected, session.answer(query, binding), order)
                if found.verdict is Verdict.DIFFERENT:
                    differing.append(f"{_label(structures)}: {query.name} ({binding.label}): {found.detail}")
    return differing


def _write(loaded: Loaded, query: Query) -> list[str]:
    """Run a write everywhere, for good; what is refused elsewhere than in the user's own tables."""
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


def _together(
    workload: Workload, schema: Schema, structures: Sequence[Structure]
) -> list[frozenset[Structure]]:
    """Designs that have every structure in one of them that a statement can run on."""
    designs: list[frozenset[Structure]] = []
    for structure in structures:
        if ENGINE.problems(workload, schema, frozenset({structure})):
            continue
        place = next((n for n, one in enumerate(designs) if _combine(workload, schema, one, structure)), None)
        if place is None:
            designs.append(frozenset({structure}))
        else:
            designs[place] |= {structure}
    return designs


def _combine(workload: Workload, schema: Schema, some: frozenset[Structure], one: Structure) -> bool:
    both = some | {one}
    return not ENGINE.conflict(both) and not ENGINE.problems(workload, schema, both)


def _label(structures: frozenset[Structure]) -> str:
    return " + ".join(sorted(structure.label for structure in structures))
