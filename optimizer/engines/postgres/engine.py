"""PostgreSQL as an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from optimizer.engines.base import Engine
from optimizer.engines.postgres.candidates import considered
from optimizer.engines.postgres.ddl import create_index
from optimizer.engines.postgres.scripts.schema_script import schema_script
from optimizer.engines.postgres.server import PostgresServer, open_server
from optimizer.engines.providers import choice
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import Availability, ServerRequest
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload


class PostgresEngine(Engine):
    """See optimizer.engines.base.Engine."""

    name = "postgres"

    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        return choice.availability(POSTGRES_PROVIDERS, request)

    def start(self, request: ServerRequest) -> PostgresServer:
        return open_server(choice.start(POSTGRES_PROVIDERS, request))

    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = frozenset()
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        found = considered(workload, schema)
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
        return schema_script(workload.ddl, schema, design, comments, workload.session.role)
