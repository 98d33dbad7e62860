"""The structures of tables worth measuring for a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.dataset.dataset import Dataset
from optimizer.design.moves.extended_reference import extended_references
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.ranking import ranked
from optimizer.design.tables.evidence import TableEvidence, evidence
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import Workload

MOVES: tuple[Callable[[TableEvidence], Iterator[Offer | LeftOut]], ...] = (extended_references,)


def proposals(
    workload: Workload, schema: Schema, dataset: Dataset
) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
    """The structures in the order in which they are tried, and what was left out: what it is, and why."""
    known = evidence(workload, schema, dataset)
    return ranked(item for move in MOVES for item in move(known))
