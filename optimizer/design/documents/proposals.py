"""The structures of documents worth measuring for a workload. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.design.documents.moves.embed import embeds
from optimizer.design.documents.moves.embed_one import single_embeds
from optimizer.design.documents.moves.evidence import DocumentEvidence, GrowthOf, evidence
from optimizer.design.documents.moves.subset import subsets
from optimizer.design.documents.moves.time_series import time_series
from optimizer.design.moves.computed import computed
from optimizer.design.moves.extended_reference import extended_references
from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.moves.ranking import ranked
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import Workload

MOVES: tuple[Callable[[DocumentEvidence], Iterator[Offer | LeftOut]], ...] = (
    embeds,
    single_embeds,
    extended_references,
    computed,
    subsets,
    time_series,
)


def proposals(
    workload: Workload, schema: Schema, growth: GrowthOf
) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
    """The structures in the order in which they are tried, and what was left out; `growth` tells how large
    arrays get."""
    known = evidence(workload, schema, growth)
    return ranked(item for move in MOVES for item in move(known))
