"""What the moves of time series look at: tables, their rows, and the memory that there is for chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.dataset.dataset import Dataset
from optimizer.design.hypertables.timelines import NotCut, Timeline, timelines
from optimizer.design.tables import evidence as of_tables
from optimizer.design.tables.evidence import TableEvidence
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload

ENGINE = "timescale"


@dataclass(frozen=True)
class HypertableEvidence(TableEvidence):
    """All that speaks for or against a structure on TimescaleDB; `memory_bytes` is the server's."""

    memory_bytes: int

    @cached_property
    def timelines(self) -> dict[TableName, Timeline | NotCut]:
        """The tables that are read or written by time: how they could be cut into chunks, or why not."""
        return timelines(self, self.memory_bytes)


def evidence(
    workload: Workload, schema: Schema, dataset: Dataset, memory_bytes: int | None = None
) -> HypertableEvidence:
    """The evidence of a workload; the memory is what its file says where nothing else is."""
    known = of_tables.evidence(_spoken(workload), schema, dataset)
    memory = workload.memory_bytes if memory_bytes is None else memory_bytes
    return HypertableEvidence(known.workload, schema, known.statements, dataset, memory)


def _spoken(workload: Workload) -> Workload:
    """The workload as the moves of tables read it, which look for texts of PostgreSQL's own."""
    queries = (
        replace(
            query, overrides={of_tables.ENGINE: query.overrides[ENGINE]} if ENGINE in query.overrides else {}
        )
        for query in workload.queries
    )
    return replace(workload, queries=tuple(queries))
