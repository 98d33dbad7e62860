"""PostgreSQL as an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from optimizer.dataset.dataset import Dataset
from optimizer.design.tables.proposals import proposals
from optimizer.engines.base import Engine
from optimizer.engines.postgres.candidates import considered
from optimizer.engines.postgres.ddl import create_index
from optimizer.engines.postgres.layout import TableLayout, conflict
from optimizer.engines.postgres.scripts.schema_script import schema_script
from optimizer.engines.postgres.server import PostgresServer, open_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import Availability, ServerRequest
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.model.workload import Workload
from optimizer.queries.identity import SameSchema
from optimizer.queries.writes import changed_tables, maintained_tables, touched_tables

_NONE: frozenset[Structure] = frozenset()


class PostgresEngine(Engine):
    """See optimizer.engines.base.Engine."""

    name = "postgres"

    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        return choice.availability(POSTGRES_PROVIDERS, request)

    def start(self, request: ServerRequest) -> PostgresServer:
        return open_server(choice.start(POSTGRES_PROVIDERS, request))

    def structures(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        return proposals(workload, schema, dataset)

    def conflict(self, structures: frozenset[Structure]) -> str:
        return conflict(structures)

    def touched(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName] | None:
        layout = _layout(schema, structures)
        tables = touched_tables(layout.query(query), layout.physical)
        return None if tables is None else tables | layout.triggered(changed_tables(query, schema))

    def maintained(
        self, query: Query, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> frozenset[TableName]:
        layout = _layout(schema, structures)
        return maintained_tables(query, schema) | layout.triggered(changed_tables(query, schema))

    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        layout = _layout(schema, structures)
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
        layout = _layout(schema, design.structures)
        return schema_script(workload.ddl, layout, design.indexes, comments, workload.session.role)


@lru_cache(maxsize=64)
def _cached(key: SameSchema, structures: frozenset[Structure]) -> TableLayout:
    return TableLayout(key.schema, structures)


def _layout(schema: Schema, structures: frozenset[Structure]) -> TableLayout:
    """The same object for the same structures: what is known of a statement is kept by its schema."""
    return _cached(SameSchema(schema), structures)
