"""The winner, built once more from nothing; one with structures has to show once more that they pay."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from optimizer.model.design import Design
from optimizer.model.result import INDEXES_ONLY, WINNER
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.champion import (
    QUALIFYING_ROUNDS,
    Assemble,
    Champion,
    find_champion,
    next_champion,
    qualify,
)
from optimizer.search.finals.judging import winner_of
from optimizer.search.finals.staging import Finalist, Stage, build_until


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What the search sends: its best designs, best first, the best one without structures among them."""

    designs: Sequence[Design]
    indexes_only: Design
    assembled: Assemble


def crown(
    cleanup: ExitStack,
    stage: Stage,
    fixed: Sequence[Finalist],
    shortlist: Shortlist,
    sets: Sets,
    seed: int,
) -> tuple[Champion, list[Finalist]]:
    """The champion, and all that is measured to the end: `fixed`, and the winner as the last one.

    Beside a winner with structures stands the best design without any. In databases built anew the winner
    has to be measurably better than that one again, for how a database came to lie on disk tells two designs
    apart as well; else the best design without structures wins.
    """
    if not any(design.structures for design in shortlist.designs):
        champion = find_champion(stage, fixed, shortlist.designs, sets, seed)
        return champion, [*fixed, build_until(cleanup, stage, WINNER, champion.design)]
    plain = build_until(cleanup, stage, INDEXES_ONLY, shortlist.indexes_only)
    rest = [design for design in shortlist.designs if design != shortlist.indexes_only]
    champion = find_champion(stage, fixed, rest, sets, seed, [plain], shortlist.assembled)
    winner = build_until(cleanup, stage, WINNER, champion.design)
    if not champion.design.structures:
        return champion, [*fixed, winner]
    if is_better(stage, winner, plain, sets, seed + 2):
        return champion, [*fixed, plain, winner]
    winner.close()
    second = _without_structures(stage, [plain, *fixed], champion, sets, seed)
    return second, [*fixed, build_until(cleanup, stage, WINNER, second.design)]


def is_better(stage: Stage, winner: Finalist, other: Finalist, sets: Sets, seed: int) -> bool:
    """Whether the winner is told apart from a simpler design, in rounds of their own."""
    rounds = qualify([winner, other], stage, sets, seed, QUALIFYING_ROUNDS)
    best, _ = winner_of(rounds, stage.workload.queries, [winner, other])
    return best is winner


def _without_structures(
    stage: Stage, among: Sequence[Finalist], first: Champion, sets: Sets, seed: int
) -> Champion:
    """The champion of those without structures, with what was found on the way."""
    found = next_champion(stage, first, among, sets, seed)
    what = "; ".join(sorted(structure.definition for structure in first.design.structures))
    lost = f"{what}: better at first, and not measurably better than indexes alone when built anew"
    faults = (*first.faults, lost, *found.faults)
    return replace(found, equivalence=first.equivalence, faults=faults)
