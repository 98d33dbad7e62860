"""PostgreSQL as an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from optimizer.dataset.dataset import Dataset
from optimizer.design.tables.proposals import proposals
from optimizer.engines.engine import Engine
from optimizer.engines.postgres.candidates import considered
from optimizer.engines.postgres.ddl import create_index
from optimizer.engines.postgres.layout import TableLayout, conflict
from optimizer.engines.postgres.scripts.schema_script import schema_script
from optimizer.engines.postgres.server import PostgresServer, open_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import Problem
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.model.tables import Partition
from optimizer.model.workload import Workload
from optimizer.queries.identity import SameSchema
from optimizer.queries.tree import pretty
from optimizer.queries.writes import changed_tables, is_write, maintained_tables, touched_tables

_NONE: frozenset[Structure] = frozenset()


class PostgresEngine(Engine):
    """See optimizer.engines.engine.Engine; one that stands on this one has a `kind` of layout and proposals
    of its own."""

    name = "postgres"
    kind: type[TableLayout] = TableLayout

    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        return choice.availability(POSTGRES_PROVIDERS, request)

    def start(self, request: ServerRequest) -> PostgresServer:
        return open_server(choice.start(POSTGRES_PROVIDERS, request))

    def structures(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        layout = self.layout(schema, _NONE)
        spoken = replace(workload, queries=tuple(layout.spoken(query) for query in workload.queries))
        offered, left_out = self.proposals(spoken, schema, dataset)
        idle = [one for one in offered if not self._is_used(one.structure, workload, schema)]
        unused = tuple((one.structure.definition, "no statement can be proved to read it") for one in idle)
        return tuple(one for one in offered if one not in idle), (*left_out, *unused)

    def problems(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[Problem, ...]:
        layout = self.layout(schema, structures)
        forbidden = tuple(
            Problem(f"{structure.definition}: {reason}")
            for structure, realisation in layout.realised
            if realisation.obstacle and (reason := realisation.obstacle(workload.ddl))
        )
        unanswered = tuple(
            Problem(f"query {query.name}: {reason}", query.statements[0].position(0), "name its columns")
            for query in workload.queries
            if (reason := layout.obstacle(query))
        )
        return forbidden + unanswered

    def conflict(self, structures: frozenset[Structure]) -> str:
        return conflict(structures)

    def touched(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName] | None:
        layout = self.layout(schema, structures)
        tables = touched_tables(layout.query(query), layout.physical)
        return None if tables is None else tables | layout.triggered(changed_tables(query, schema))

    def notices(self, query: Query, schema: Schema, structures: frozenset[Structure]) -> bool:
        if is_write(query, schema) or any(isinstance(one, Partition) for one in structures):
            return True
        return _changes(self.layout(schema, structures), query)

    def maintained(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName]:
        layout = self.layout(schema, structures)
        return maintained_tables(query, schema) | layout.triggered(changed_tables(query, schema))

    def relaxed(self, schema: Schema, structures: frozenset[Structure]) -> tuple[str, ...]:
        return self.layout(schema, structures).given_up

    def rewritten(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure]
    ) -> Mapping[str, tuple[str, ...]]:
        layout = self.layout(schema, structures)
        queries = ((query, layout.query(query)) for query in workload.queries)
        return {
            query.name: tuple(pretty(statement.text) for statement in written.statements)
            for query, written in queries
            if written is not query
        }

    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        layout = self.layout(schema, structures)
        queries = tuple(layout.query(query) for query in workload.queries)
        found = considered(replace(workload, queries=queries), layout.physical)
        return found.candidates, tuple((one.subject, one.reason) for one in found.left_out)

    def render(self, index: Index) -> str:
        return create_index(index)

    def ddl(
        self,
        workload: Workload,
        schema: Schema,
        design: Design,
        comments: Mapping[Index | Structure, Sequence[str]],
    ) -> str:
        layout = self.layout(schema, design.structures)
        return schema_script(
            workload.ddl, layout, design.indexes, comments, workload.session.role, delivered=True
        )

    def proposals(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        """What is worth measuring by the moves, whether or not a statement can be written for it."""
        return proposals(workload, schema, dataset)

    def layout(self, schema: Schema, structures: frozenset[Structure]) -> TableLayout:
        """The same object for the same structures: what is known of a statement is kept by its schema."""
        return _cached(self, SameSchema(schema), structures)

    def _is_used(self, structure: Structure, workload: Workload, schema: Schema) -> bool:
        """Whether a statement is written otherwise for it; how rows are stored is for those as they are."""
        layout = self.layout(schema, frozenset({structure}))
        if isinstance(structure, layout.unread):
            return True
        return any(_changes(layout, query) for query in workload.queries)


def _changes(layout: TableLayout, query: Query) -> bool:
    """Whether a query is written otherwise for a layout's structures."""
    return layout.query(query) != layout.spoken(query)


@lru_cache(maxsize=64)
def _cached(engine: PostgresEngine, key: SameSchema, structures: frozenset[Structure]) -> TableLayout:
    return engine.kind(key.schema, structures)
