"""What each structure of the best design does: its statements with it, and in the same design without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.measure.rounds import Rounds
from optimizer.model.query import Query
from optimizer.model.result import Effect, StructureResult
from optimizer.model.structure import Structure
from optimizer.search.finals.effects import effect
from optimizer.search.finals.judging import score_of
from optimizer.search.finals.staging import Finalist

Measured = tuple[Sequence[Finalist], Rounds]
"""Finalists, and the rounds in which they were measured side by side."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two finalists of the same rounds that differ by one structure."""

    without: Finalist
    present: Finalist
    rounds: Rounds


def structure_results(
    best: Finalist,
    measured: Sequence[Measured],
    queries: Sequence[Query],
    noticing: Callable[[frozenset[Structure]], Sequence[Query]],
) -> tuple[StructureResult, ...]:
    """Each structure with the statements that it makes measurably faster, and those that it slows down, of
    those that notice it.

    The design with it is the best one; where the one that lacks it alone wasn't measured, a design with some
    of the best one's structures, or with more of them, which make no measurable difference then. A structure
    without which no such design was measured has neither.
    """
    found = []
    for structure in sorted(best.design.structures, key=lambda s: s.label):
        pair = _pair(structure, best, measured, queries)
        effects: list[Effect] = []
        if pair is not None:
            told, labels = noticing(frozenset({structure})), (pair.without.label, pair.present.label)
            effects = [effect(pair.rounds, query.name, *labels) for query in told]
        sure = [one for one in effects if one.sure]
        found.append(
            StructureResult(
                structure,
                tuple(e for e in sure if e.gains),
                tuple(e for e in sure if e.without_ms < e.with_ms),
            )
        )
    return tuple(found)


def _pair(
    structure: Structure, best: Finalist, measured: Sequence[Measured], queries: Sequence[Query]
) -> _Pair | None:
    """A design without the structure and one with it; of several, those nearest to the best one, and with
    fewer structures rather than with more: another one may do the same work."""
    wanted = best.design.structures

    def rank(pair: _Pair) -> tuple[int, bool, float]:
        without, there = pair.without, pair.present.design.structures
        value = score_of(pair.rounds, queries, without.label, without.bytes).value
        return len(there ^ wanted), there > wanted, value

    pairs = (
        _Pair(without, present, rounds)
        for finalists, rounds in measured
        for present in finalists
        for without in finalists
        if structure in present.design.structures
        and (present.design.structures <= wanted or present.design.structures >= wanted)
        and without.design.structures == present.design.structures - {structure}
    )
    return min(pairs, key=rank, default=None)
