"""In which order the offers of all moves are tried, and what wasn't offered."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.model.structure import StructureCandidate


def ranked(
    found: Iterable[Offer | LeftOut],
) -> tuple[tuple[StructureCandidate, ...], tuple[tuple[str, str], ...]]:
    """The structures that some statement gains by, and what was left out: what it is, and why.

    First come those that serve the largest share of the mix, less the share that pays for them; of two
    that serve as much, the one for the tighter target.
    """
    every = list(found)
    offers = sorted((item for item in every if isinstance(item, Offer)), key=_rank)
    candidates = (StructureCandidate(offer.structure, offer.queries, offer.because) for offer in offers)
    return tuple(candidates), _left_out(item for item in every if isinstance(item, LeftOut))


def _rank(offer: Offer) -> tuple[float, float, str]:
    return -round(offer.worth, 9), offer.target_ms, offer.structure.label


def _left_out(found: Iterable[LeftOut]) -> tuple[tuple[str, str], ...]:
    """Each reason once, with the queries that would have gained."""
    named: dict[tuple[str, str], list[str]] = {}
    for item in found:
        named.setdefault((item.subject, item.reason), []).extend(item.queries)
    return tuple(
        (subject, f"{reason} (asked for by {', '.join(dict.fromkeys(queries))})" if queries else reason)
        for (subject, reason), queries in named.items()
    )
