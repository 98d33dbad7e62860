"""Which structures a design can be without: each is missed by no measurement, beside all the others."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.measure.rounds import Rounds
from optimizer.model.query import Query
from optimizer.model.structure import Structure
from optimizer.search.finals.judging import winner_of
from optimizer.search.finals.staging import Finalist


def needed(
    finalists: Sequence[Finalist], rounds: Rounds, queries: Sequence[Query]
) -> frozenset[Structure] | None:
    """The structures that are left where all that can be spared go at once; None where such a design is
    among the finalists.

    What can be spared is told by the finalist with the most structures, and those that lack one of them.
    """
    if not finalists:
        return None
    most = max(finalists, key=lambda finalist: len(finalist.design.structures))
    every = most.design.structures
    spared = frozenset(
        structure
        for structure in every
        for without in finalists
        if without.design.structures == every - {structure}
        and winner_of(rounds, queries, (most, without))[0] is without
    )
    known = {finalist.design.structures for finalist in finalists}
    return every - spared if every - spared not in known else None
