"""MongoDB as an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial

from optimizer.dataset.dataset import Dataset
from optimizer.design.documents.growth import largest_parents
from optimizer.design.documents.layout import Layout, conflict
from optimizer.design.documents.proposals import proposals
from optimizer.engines.engine import Engine
from optimizer.engines.mongo.blueprint import blueprint
from optimizer.engines.mongo.candidates import considered, given, needed
from optimizer.engines.mongo.compile.errors import NotCompiled
from optimizer.engines.mongo.compile.query import compile_query
from optimizer.engines.mongo.indexes import create_index
from optimizer.engines.mongo.keeping import given_up
from optimizer.engines.mongo.locks import locks
from optimizer.engines.mongo.program import Delete, Insert, Program, Update
from optimizer.engines.mongo.script import schema_js
from optimizer.engines.mongo.server import MongoServer, open_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import Problem
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.model.workload import Workload

_NONE: frozenset[Structure] = frozenset()


class MongoEngine(Engine):
    """See optimizer.engines.engine.Engine. A hidden index is maintained by every write."""

    name = "mongo"
    script = "schema.js"
    hides_from_writes = False

    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        return choice.availability(MONGO_PROVIDERS, request)

    def start(self, request: ServerRequest) -> MongoServer:
        return open_server(choice.start(MONGO_PROVIDERS, request))

    def problems(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[Problem, ...]:
        layout = Layout(schema, structures)
        found = (_problem(query, layout, workload) for query in workload.queries)
        return tuple(problem for problem in found if problem is not None)

    def given(self, schema: Schema) -> Design:
        indexes, _ = given(schema, Layout(schema))
        return Design(frozenset(indexes))

    def needed(self, workload: Workload, schema: Schema) -> frozenset[Index]:
        """The text index of each collection that has one: the user's own, or that of its searches."""
        candidates, _ = considered(workload, schema, Layout(schema))
        return frozenset(needed(candidates))

    def structures(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        return proposals(workload, schema, partial(largest_parents, dataset, schema))

    def conflict(self, structures: frozenset[Structure]) -> str:
        return conflict(structures)

    def touched(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName] | None:
        layout = Layout(schema, structures)
        program = _program(query, layout)
        return None if program is None else _tables(program.collections, layout)

    def maintained(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName]:
        """See optimizer.engines.engine.Engine.maintained; a delete takes its index entries away at once."""
        layout = Layout(schema, structures)
        program = _program(query, layout)
        return frozenset() if program is None else _tables(_written(program), layout)

    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        return considered(workload, schema, Layout(schema, structures))

    def render(self, index: Index) -> str:
        return create_index(index)

    def gives_up(self, workload: Workload, schema: Schema, design: Design) -> tuple[str, ...]:
        layout, needed = Layout(schema, design.structures), locks(workload, schema)
        return given_up(workload, layout, blueprint(schema, design, needed), needed)

    def ddl(
        self,
        workload: Workload,
        schema: Schema,
        design: Design,
        comments: Mapping[Index | Structure, Sequence[str]],
    ) -> str:
        return schema_js(workload, schema, design, comments)


def _problem(query: Query, layout: Layout, workload: Workload) -> Problem | None:
    try:
        compile_query(query, layout, workload.session, frozenset(workload.relax))
    except NotCompiled as error:
        return Problem(
            f"{query.name} can't be run on MongoDB: {error.node}: {error.why}", query.position, error.advice
        )
    return None


@lru_cache(maxsize=4096)
def _program(query: Query, layout: Layout) -> Program | None:
    """The query's program with all constraints kept; None where it has none."""
    try:
        return compile_query(query, layout)
    except NotCompiled:
        return None


def _written(program: Program) -> frozenset[str]:
    operations = (operation for statement in program.statements for operation in statement.operations)
    return frozenset(one.collection for one in operations if isinstance(one, Insert | Update | Delete))


def _tables(collections: frozenset[str], layout: Layout) -> frozenset[TableName]:
    """The tables whose collections these are."""
    return frozenset(
        table.name for table in layout.collections if layout.home(table.name).collection in collections
    )
