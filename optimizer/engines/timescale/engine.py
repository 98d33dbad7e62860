"""TimescaleDB as an engine: PostgreSQL's, and what hypertables add to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.dataset.dataset import Dataset
from optimizer.design.hypertables.proposals import proposals
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.providers import choice
from optimizer.engines.providers.timescale.providers import TIMESCALE_PROVIDERS
from optimizer.engines.timescale.abilities import Abilities
from optimizer.engines.timescale.databases import EXTENSION
from optimizer.engines.timescale.dialect import retention_policy
from optimizer.engines.timescale.layout import HypertableLayout, conflict
from optimizer.engines.timescale.server import TimescaleServer, open_server
from optimizer.engines.values import Availability, ServerRequest
from optimizer.model.design import Candidate, Design
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.index import Index
from optimizer.model.query import Query
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.model.workload import Workload

_NONE: frozenset[Structure] = frozenset()
_TWIN = "chunks have but one of the indexes that differ in storage parameters alone"


class TimescaleEngine(PostgresEngine):
    """See optimizer.engines.engine.Engine. Once a server was started, `kind` follows its version, and
    `abilities` are its own."""

    name = "timescale"
    abilities: Abilities | None = None
    kind: type[TableLayout] = HypertableLayout
    gains_on_fewer = False  # how long a chunk may be is a matter of the rows that come in a while

    def availability(self, request: ServerRequest) -> tuple[Availability, ...]:
        return choice.availability(TIMESCALE_PROVIDERS, request)

    def start(self, request: ServerRequest) -> TimescaleServer:
        server = open_server(choice.start(TIMESCALE_PROVIDERS, request))
        self.kind, self.abilities = server.kind, server.abilities
        return server

    def proposals(
        self, workload: Workload, schema: Schema, dataset: Dataset
    ) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
        found, left_out = proposals(workload, schema, dataset)
        if self.abilities is None:
            return found, left_out
        lacking = {one: reason for one in found if (reason := self.abilities.lacks(one.structure))}
        missing = tuple((one.structure.definition, reason) for one, reason in lacking.items())
        return tuple(one for one in found if one not in lacking), (*left_out, *missing)

    def conflict(self, structures: frozenset[Structure]) -> str:
        return conflict(structures)

    def notices(self, query: Query, schema: Schema, structures: frozenset[Structure]) -> bool:
        cut = any(isinstance(one, Hypertable | ContinuousAggregate) for one in structures)
        return cut or super().notices(query, schema, structures)

    def candidates(
        self, workload: Workload, schema: Schema, structures: frozenset[Structure] = _NONE
    ) -> tuple[tuple[Candidate, ...], tuple[tuple[str, str], ...]]:
        """See Engine.candidates. Of indexes on a hypertable that differ in storage parameters alone there is
        but one: dropping one of them, TimescaleDB 2.23 takes the other one's from the chunks."""
        found, left_out = super().candidates(workload, schema, structures)
        kept: dict[Index, Candidate] = {}
        for one in found:
            kept.setdefault(replace(one.index, options=()) if _is_cut(one, structures) else one.index, one)
        alone = frozenset(kept.values())
        twins = [(self.render(one.index), _TWIN) for one in found if one not in alone]
        return tuple(kept.values()), (*left_out, *twins)

    def ddl(
        self,
        workload: Workload,
        schema: Schema,
        design: Design,
        comments: Mapping[Index | Structure, Sequence[str]],
    ) -> str:
        script = super().ddl(workload, schema, design, comments)
        cut = {one.table for one in design.structures if isinstance(one, Hypertable | ContinuousAggregate)}
        kept = [(schema.find(name), seconds) for name, seconds in workload.retention]
        if self.abilities is not None and not self.abilities.policies:
            kept = []
        old = [retention_policy(table.name, s) for table, s in kept if table and table.name in cut]
        policies = [f"{statement};\n" for statement in old]
        head = "\n-- Rows that are older than the workload keeps them\n" if policies else ""
        return f"{EXTENSION};\n\n{script}{head}{''.join(policies)}"


def _is_cut(candidate: Candidate, structures: frozenset[Structure]) -> bool:
    cut = (Hypertable, ContinuousAggregate)
    return any(isinstance(one, cut) and candidate.index.table in one.tables for one in structures)
