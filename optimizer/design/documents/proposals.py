"""The structures worth measuring for a workload. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from optimizer.design.documents.moves.computed import computed
from optimizer.design.documents.moves.embed import embeds
from optimizer.design.documents.moves.embed_one import single_embeds
from optimizer.design.documents.moves.evidence import Evidence, GrowthOf, evidence
from optimizer.design.documents.moves.extended_reference import extended_references
from optimizer.design.documents.moves.offer import LeftOut, Offer
from optimizer.design.documents.moves.subset import subsets
from optimizer.design.documents.moves.time_series import time_series
from optimizer.model.schema import Schema
from optimizer.model.structure import StructureCandidate
from optimizer.model.workload import Workload

MOVES: tuple[Callable[[Evidence], Iterator[Offer | LeftOut]], ...] = (
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
    """The structures that some statement gains by, and what was left out: what it is, and why.

    First come those that serve the largest share of the mix, less the share that pays for them; of two
    that serve as much, the one for the tighter target. `growth` tells how large arrays get.
    """
    known = evidence(workload, schema, growth)
    found = [item for move in MOVES for item in move(known)]
    offers = sorted((item for item in found if isinstance(item, Offer)), key=_rank)
    candidates = (StructureCandidate(offer.structure, offer.queries, offer.because) for offer in offers)
    return tuple(candidates), _left_out(item for item in found if isinstance(item, LeftOut))


def _rank(offer: Offer) -> tuple[float, float, str]:
    return -round(offer.worth, 9), offer.target_ms, offer.structure.label


def _left_out(found: Iterable[LeftOut]) -> tuple[tuple[str, str], ...]:
    """Each reason once, with the queries that would have gained."""
    named: dict[tuple[str, str], list[str]] = {}
    for item in found:
        named.setdefault((item.subject, item.reason), []).extend(item.queries)
    return tuple(
        (subject, f"{reason} (asked for by {', '.join(dict.fromkeys(queries))})")
        for (subject, reason), queries in named.items()
    )
