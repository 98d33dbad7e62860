"""What each structure of the best design does: its statements with it, and in the same design without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from optimizer.measure.rounds import Rounds
from optimizer.model.query import Query
from optimizer.model.result import Effect, StructureResult
from optimizer.model.structure import Structure
from optimizer.search.finals.effects import effect
from optimizer.search.finals.judging import score_of
from optimizer.search.finals.staging import Finalist


def structure_results(
    best: Finalist,
    finalists: Sequence[Finalist],
    rounds: Rounds,
    queries: Sequence[Query],
    noticing: Callable[[frozenset[Structure]], Sequence[Query]],
) -> tuple[StructureResult, ...]:
    """Each structure with the statements that it makes measurably faster, and those that it slows down, of
    those that notice it.

    The design with it is the best one, or one that has more structures, which make no measurable difference
    then. A structure without which no such design was measured has neither.
    """
    found = []
    for structure in sorted(best.design.structures, key=lambda s: s.label):
        pair = _pair(structure, best, finalists, rounds, queries)
        effects: list[Effect] = []
        if pair is not None:
            without, present = (finalist.label for finalist in pair)
            told = noticing(frozenset({structure}))
            effects = [effect(rounds, query.name, without, present) for query in told]
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
    structure: Structure,
    best: Finalist,
    finalists: Sequence[Finalist],
    rounds: Rounds,
    queries: Sequence[Query],
) -> tuple[Finalist, Finalist] | None:
    """A design without the structure and one with it, which has the best one's too; of several, those with
    the fewest structures, then the best ones."""

    def rank(pair: tuple[Finalist, Finalist]) -> tuple[int, float]:
        without, present = pair
        value = score_of(rounds, queries, without.label, without.bytes).value
        return len(present.design.structures), value

    pairs = (
        (without, present)
        for present in finalists
        for without in finalists
        if best.design.structures <= present.design.structures
        and without.design.structures == present.design.structures - {structure}
    )
    return min(pairs, key=rank, default=None)
