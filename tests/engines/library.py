"""The library's workloads, loaded as the user's own tables and in some designs, and what differs there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.engines.base import Database, Server, Session
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

LIBRARY = Path(__file__).parents[2] / "workloads"
SCALE = 0.005
DRAWN = 4

Structures = frozenset[Structure]


def workload_of(name: str) -> Workload:
    """One of the library's workloads, small; its generator functions are found as a run finds them."""
    if str(LIBRARY) not in sys.path:
        sys.path.append(str(LIBRARY))
    return read(LIBRARY / f"{name}.yaml", scale=SCALE)


@dataclass(frozen=True, repr=False)
class Loaded:
    """A workload's rows in the user's own tables on PostgreSQL, and in some designs."""

    workload: Workload
    schema: Schema
    dataset: Dataset
    origin: Database
    reference: Session
    designs: tuple[tuple[Structures, Database, Session], ...]

    def reads(self) -> list[Query]:
        return [query for query in self.workload.queries if not is_write(query, self.schema)]

    def writes(self) -> list[Query]:
        return [query for query in self.workload.queries if is_write(query, self.schema)]

    def bindings(self, query: Query) -> tuple[Binding, ...]:
        """A few values for the query's parameters, rare and missing ones among them."""
        arguments = (query, self.schema, self.dataset, self.workload)
        return (*draw(*arguments, DRAWN, 1), *special(*arguments, 1))

    def order(self, query: Query, binding: Binding, answer: Answer) -> Order:
        """How the rows of an answer of PostgreSQL's are ordered."""
        known = witness(query.statements[-1].text, self.schema)
        if known.sql is None or not answer.rows:
            return order_of(known, len(answer.rows), ())
        text = replace(query.statements[-1], text=known.sql)
        probe = replace(query, name=f"{query.name} with its order", statements=(text,))
        return order_of(known, len(answer.rows), self.reference.answer(probe, binding).rows)

    def differing_answers(self, queries: Iterable[Query], timeout_ms: float = 0) -> list[str]:
        """The answers of reads that aren't those of the user's own tables."""
        differing = []
        for query in queries:
            for binding in self.bindings(query):
                expected = self.reference.answer(query, binding)
                order = self.order(query, binding, expected)
                for structures, _, session in self.designs:
                    found = compare(expected, session.answer(query, binding, timeout_ms), order)
                    if found.verdict is Verdict.DIFFERENT:
                        place = f"{label(structures)}: {query.name} ({binding.label})"
                        differing.append(f"{place}: {found.detail}")
        return differing

    def write(self, query: Query) -> list[str]:
        """Run a write everywhere, for good; what is refused elsewhere than in the user's own tables."""
        differing = []
        for binding in draw(query, self.schema, self.dataset, self.workload, DRAWN, 2):
            refused = self.reference.answer(query, binding).error
            for structures, _, session in self.designs:
                error = session.answer(query, binding).error
                if error != refused:
                    place = f"{label(structures)}: {query.name}"
                    differing.append(f"{place}: {refused!r} expected, got {error!r}")
            if not refused and not differing:
                sessions = (self.reference, *(session for _, _, session in self.designs))
                kept = [session.time(query, binding, keep=True) for session in sessions]
                assert {execution.status for execution in kept} == {Status.OK}
        return differing

    def differing_rows(self) -> list[str]:
        """The tables whose logical rows aren't those of the user's own."""
        differing = []
        for table in self.schema.tables:
            rows = self.origin.rows(table.name)
            for structures, database, _ in self.designs:
                detail = difference(rows, database.rows(table.name), table)
                differing += [f"{label(structures)}: {table.name}: {detail}"] if detail else []
        return differing


def load(
    opened: ExitStack,
    workload: Workload,
    origin: Database,
    server: Server,
    folder: Path,
    choose: Callable[[Schema, Dataset], Sequence[Structures]],
) -> Loaded:
    """Make the workload's rows, and load them into `origin` and into each of the designs that are chosen."""
    schema = origin.schema
    dataset = build(plan(schema, workload), folder, lambda *_: None)
    origin.load(dataset, lambda *_: None)
    made = []
    for structures in choose(schema, dataset):
        database = server.create(workload, "library", schema, Design(structures=structures))
        database.load(dataset, lambda *_: None)
        made.append((structures, database, opened.enter_context(closing(database.session()))))
    reference = opened.enter_context(closing(origin.session()))
    return Loaded(workload, schema, dataset, origin, reference, tuple(made))


def together(structures: Iterable[Structure], conflict: Callable[[Structures], object]) -> list[Structures]:
    """Designs that have every structure in one of them; `conflict` is true of what doesn't combine."""
    designs: list[Structures] = []
    for structure in structures:
        place = next((n for n, one in enumerate(designs) if not conflict(one | {structure})), None)
        if place is None:
            designs.append(frozenset({structure}))
        else:
            designs[place] |= {structure}
    return designs


def label(structures: Structures) -> str:
    return " + ".join(sorted(structure.label for structure in structures)) or "no structure"
