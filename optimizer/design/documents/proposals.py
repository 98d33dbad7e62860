"""The structures worth measuring for a workload, and the steps from design to design. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from optimizer.design.documents.layout import conflict
from optimizer.design.documents.moves.computed import computed
from optimizer.design.documents.moves.embed import embeds
from optimizer.design.documents.moves.embed_one import single_embeds
from optimizer.design.documents.moves.evidence import Evidence, GrowthOf, evidence
from optimizer.design.documents.moves.extended_reference import extended_references
from optimizer.design.documents.moves.offer import LeftOut, Offer
from optimizer.design.documents.moves.subset import subsets
from optimizer.design.documents.moves.time_series import time_series
from optimizer.model.documents import Computed
from optimizer.model.schema import Schema
from optimizer.model.structure import Structure, StructureCandidate
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


def neighbours(
    structures: frozenset[Structure], candidates: Iterable[StructureCandidate]
) -> tuple[frozenset[Structure], ...]:
    """The designs one step away: a structure more, where it combines with the others, or one less.

    Counts and sums over the same children that one query asks for together are one step: with half of an
    average nothing is gained. Each design comes once, additions first, in the candidates' order.
    """
    offered = tuple(candidates)
    added = [structures | more for more in _steps(offered) if not more <= structures]
    taken = [structures - {one} for one in sorted(structures, key=lambda s: s.label)]
    return tuple(dict.fromkeys([*(design for design in added if not conflict(design)), *taken]))


def _steps(candidates: tuple[StructureCandidate, ...]) -> Iterator[frozenset[Structure]]:
    for candidate in candidates:
        yield frozenset({candidate.structure})
        for query in candidate.queries:
            yield frozenset(other.structure for other in candidates if _together(candidate, other, query))


def _together(one: StructureCandidate, other: StructureCandidate, query: str) -> bool:
    if one == other:
        return True
    first, second = one.structure, other.structure
    if not isinstance(first, Computed) or not isinstance(second, Computed):
        return False
    same = (first.table, first.child, first.key) == (second.table, second.child, second.key)
    return same and query in other.queries


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
