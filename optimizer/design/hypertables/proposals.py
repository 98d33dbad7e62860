"""The structures worth measuring for a workload on TimescaleDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from optimizer.dataset.dataset import Dataset
from optimizer.design.hypertables.evidence import HypertableEvidence, evidence
from optimizer.design.hypertables.moves.columnstore import columnstores
from optimizer.design.hypertables.moves.continuous_aggregate import continuous_aggregates
from optimizer.design.hypertables.moves.hypertable import hypertables
from optimizer.design.hypertables.moves.space import spaces
from optimizer.design.hypertables.timelines import Timeline
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.ranking import ranked
from optimizer.design.tables.moves.materialized_view import materialized_views
from optimizer.design.tables.moves.partition import partitioned
from optimizer.design.tables.proposals import MOVES as TABLE_MOVES
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.names import TableName
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import Workload

OF_TABLES = tuple(move for move in TABLE_MOVES if move not in (partitioned, materialized_views))
"""The moves of tables that are tried here as they are: hypertables stand for partitions."""

MOVES: tuple[Callable[[HypertableEvidence], Iterator[Offer | LeftOut]], ...] = (
    hypertables,
    columnstores,
    spaces,
    continuous_aggregates,
    *OF_TABLES,
)


def proposals(
    workload: Workload, schema: Schema, dataset: Dataset, memory_bytes: int | None = None
) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
    """The structures in the order in which they are tried, and what was left out: what it is, and why.

    `memory_bytes` is the server's memory; None: what the workload's file says.
    """
    known = evidence(workload, schema, dataset, memory_bytes)
    found = [item for move in MOVES for item in move(known)]
    found += _views(known, found)
    candidates, left = ranked(found)
    return _in_order(candidates, known), left


def _views(known: HypertableEvidence, found: Iterable[Offer | LeftOut]) -> Iterator[Offer | LeftOut]:
    """Materialized views of the queries for which no buckets are kept."""
    offers = (item for item in found if isinstance(item, Offer))
    kept = {name for one in offers if isinstance(one.structure, ContinuousAggregate) for name in one.queries}
    others = tuple(query for query in known.workload.queries if query.name not in kept)
    yield from materialized_views(replace(known, workload=replace(known.workload, queries=others)))


def _in_order(
    candidates: tuple[StructureCandidate, ...], known: HypertableEvidence
) -> tuple[StructureCandidate, ...]:
    """The hypertables of a table by how promising their chunks are, at the places that they have together;
    those with a space dimension after everything else."""
    last = [one for one in candidates if isinstance(one.structure, Hypertable) and one.structure.space]
    rest = [one for one in candidates if one not in last]
    for table, timeline in known.timelines.items():
        places = [place for place, one in enumerate(rest) if _is_of(one, table)]
        if isinstance(timeline, Timeline):
            own = sorted((rest[place] for place in places), key=lambda one: _promise(one, timeline))
            for place, one in zip(places, own, strict=True):
                rest[place] = one
    return (*rest, *last)


def _is_of(one: StructureCandidate, table: TableName) -> bool:
    return isinstance(one.structure, Hypertable) and one.structure.table == table


def _promise(one: StructureCandidate, timeline: Timeline) -> tuple[int, bool]:
    """The place of a hypertable among those of its table: by the length of chunks, rows before columns."""
    structure = one.structure
    if not isinstance(structure, Hypertable):
        raise TypeError(structure.label)
    return timeline.chunks_s.index(structure.chunk_s), structure.columnstore is not None
