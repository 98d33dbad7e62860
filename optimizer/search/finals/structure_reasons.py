"""What each structure of the best design does: its statements with it, and in the best design without it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import FAILED_MS
from optimizer.model.query import Query
from optimizer.model.result import Effect, StructureResult
from optimizer.model.structure import Structure
from optimizer.search.finals.judging import score_of
from optimizer.search.finals.staging import Finalist
from optimizer.statistics.paired import compare


def structure_results(
    best: Finalist,
    finalists: Sequence[Finalist],
    rounds: Rounds,
    queries: Sequence[Query],
    noticing: Callable[[frozenset[Structure]], Sequence[Query]],
) -> tuple[StructureResult, ...]:
    """Each structure with the statements that it makes measurably faster, and those that it slows down, of
    those that notice it.

    A structure without which no design was measured has neither.
    """
    found = []
    for structure in sorted(best.design.structures, key=lambda s: s.label):
        without = _without(structure, best, finalists, rounds, queries)
        told = [] if without is None else noticing(frozenset({structure}))
        effects = [_effect(rounds, query.name, without, best) for query in told if without]
        sure = [effect for effect in effects if effect.sure]
        found.append(
            StructureResult(
                structure,
                tuple(e for e in sure if e.without_ms > e.with_ms),
                tuple(e for e in sure if e.without_ms < e.with_ms),
            )
        )
    return tuple(found)


def _without(
    structure: Structure,
    best: Finalist,
    finalists: Sequence[Finalist],
    rounds: Rounds,
    queries: Sequence[Query],
) -> Finalist | None:
    """The design with all structures but this one; of several, the best."""
    rest = best.design.structures - {structure}
    others = [finalist for finalist in finalists if finalist.design.structures == rest]
    return min(others, key=lambda one: score_of(rounds, queries, one.label, one.bytes).value, default=None)


def _effect(rounds: Rounds, query: str, without: Finalist, best: Finalist) -> Effect:
    before, after = (rounds.medians(finalist.label, query) for finalist in (without, best))
    sure = not compare(after, before).tied
    stopped = rounds.hopeless((without.label, query))
    without_ms, with_ms = statistics.median(before), statistics.median(after)
    return Effect(query, without_ms, with_ms, sure, stopped, impossible=without_ms >= FAILED_MS)
