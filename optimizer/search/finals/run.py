"""The finals: the winner must win again, from nothing.

The baseline, the user's own design and the contenders are each built from their own DDL text in a fresh
database; in the shortlist's, structures may be brought into a copy of the loaded tables. Their answers are
compared, the shortlist is measured side by side and the simplest of those that can't be told apart goes on;
its indexes are taken away in turn. What is left is built once more, from nothing; all that is reported is
measured in interleaved rounds with writes committed, and the mix is run by concurrent clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from time import monotonic

from optimizer.measure.rounds import Contestant, Pace, Rounds, run_rounds
from optimizer.model.design import Design
from optimizer.model.result import (
    WINNER,
    ConcurrentResult,
    Packed,
    StructureResult,
    Unstable,
)
from optimizer.queries.writes import inserts, is_write
from optimizer.search.finals.agreement import agree, agree_inside
from optimizer.search.finals.answers import compare_rows
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.champion import Champion
from optimizer.search.finals.crowd import run_crowd
from optimizer.search.finals.crowning import Shortlist, crown
from optimizer.search.finals.figures import design_result, query_result
from optimizer.search.finals.judging import winner_of
from optimizer.search.finals.outcome import Beside, Outcome
from optimizer.search.finals.stability import unstable
from optimizer.search.finals.staging import Finalist, Stage, build_until

FINAL = Pace(slice_ms=40.0, most=45, committed=9)
"""The fewest rounds are enough to tell whether a fast read meets a target at p99, and a write one at p95."""

FINAL_ROUNDS = 16
LEAST_ROUNDS = 7  # one more than can tell two designs apart (optimizer.statistics.paired)
FINAL_SECONDS = 75.0
ROUNDS_SHARE = 0.6  # of the time that is left, the clients taking the rest


def run_finals(
    stage: Stage,
    fixed: Sequence[tuple[str, Design]],
    shortlist: Shortlist,
    sets: Sets,
    seed: int,
) -> Outcome:
    """Build, compare, measure, prune, build the winner anew and measure again.

    `fixed` are baseline, given and the contenders, in this order. The user's own design competes with the
    shortlist; contenders never do.
    """
    stage.watch.phase("finals")
    writes = _writes(stage)
    with ExitStack() as cleanup:
        given = [build_until(cleanup, stage, label, design) for label, design in fixed]
        champion, measured = crown(cleanup, stage, given, shortlist, sets, seed)
        equivalence = champion.equivalence + agree(stage, measured, sets)
        unstable_ = _unstable(stage, measured[-1], sets)
        every = [*measured, *([stage.reference] if stage.reference else [])]
        rounds = _measure(every, stage, sets, writes, seed)
        same = _same_writes(every, rounds, writes, stage)
        equivalence += compare_rows(same, stage.schema, stage.workload.queries)
        crowd = _crowd(every if stage.beside else measured, stage, sets, rounds, seed)
        equivalence += agree_inside(measured)
        outcome = _outcome(stage, champion, measured, rounds, crowd, sets)
        return replace(outcome, equivalence=equivalence, unstable=unstable_)


def _outcome(
    stage: Stage,
    champion: Champion,
    measured: Sequence[Finalist],
    rounds: Rounds,
    crowd: Mapping[str, tuple[ConcurrentResult, ...]],
    sets: Sets,
) -> Outcome:
    """The figures of all that was measured, the winner being the last one."""
    winner, writes = measured[-1], _writes(stage)
    structures = _refreshed(champion.structures, winner)
    return Outcome(
        designs={
            f.label: design_result(f, stage, rounds, champion.judged, crowd[f.label], structures)
            for f in measured
        },
        queries=tuple(
            query_result(query, measured, rounds, sets, query.name in writes)
            for query in stage.workload.queries
        ),
        rounds=rounds.count,
        tied_with=champion.tied,
        pruned=champion.gone,
        floor_ms=rounds.floor_ms(WINNER),
        load=winner.load,
        measured=rounds,
        statistics=stage.statistics,
        samples=winner.database.samples(),
        beside=_beside(stage, rounds, crowd),
        notes=(*champion.faults, *_beaten(measured, rounds, stage)),
    )


def _refreshed(structures: Sequence[StructureResult], winner: Finalist) -> tuple[StructureResult, ...]:
    """With what a refresh takes after all those writes, and what columns save."""
    seconds = winner.database.refresh()
    packed = {structure: Packed(*sizes) for structure, sizes in winner.database.packed().items()}
    return tuple(
        replace(one, refresh_seconds=seconds.get(one.structure), packed=packed.get(one.structure))
        for one in structures
    )


def _beaten(finalists: Sequence[Finalist], rounds: Rounds, stage: Stage) -> tuple[str, ...]:
    """A line for each design of the file that was measurably better than the winner after all."""
    winner = finalists[-1]
    lines = []
    for other in finalists[:-1]:
        best, tied = winner_of(rounds, stage.workload.queries, (other, winner))
        if best is other and not tied:
            lines.append(
                f"prefer {other.label}: in the final rounds it was measurably better than the winner"
            )
    return tuple(lines)


def _unstable(stage: Stage, winner: Finalist, sets: Sets) -> tuple[Unstable, ...]:
    """Nothing where the engine's planner has no statistics that could be sampled otherwise."""
    statistics = stage.statistics.get(winner.design.structures)
    if statistics is None:
        return ()
    queries = stage.workload.queries
    return unstable(winner, queries, sets.compared, statistics, stage.watch, stage.longest_ms)


def _beside(stage: Stage, rounds: Rounds, crowd: Mapping[str, tuple[ConcurrentResult, ...]]) -> Beside | None:
    reference = stage.reference
    if reference is None or not stage.beside:
        return None
    result = design_result(reference, stage, rounds, {}, crowd[reference.label])
    return Beside(reference.label, result, reference.load, rounds.floor_ms(reference.label))


def _writes(stage: Stage) -> frozenset[str]:
    return frozenset(query.name for query in stage.workload.queries if is_write(query, stage.schema))


def _measure(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, writes: frozenset[str], seed: int
) -> Rounds:
    ends = monotonic() + min(FINAL_SECONDS, max(0.0, stage.clock.turn_left * ROUNDS_SHARE))

    def more(done: int) -> bool:
        number = min(done + 1, FINAL_ROUNDS)
        stage.watch.step(f"round {number} of {FINAL_ROUNDS}, all designs", done / FINAL_ROUNDS)
        hurry = monotonic() > ends or stage.clock.stopped
        return done < LEAST_ROUNDS or (done < FINAL_ROUNDS and not hurry)

    for finalist in finalists:
        finalist.sweep()
    only = None if stage.beside else writes
    contestants = [Contestant(f.label, f.session, only if f is stage.reference else None) for f in finalists]
    bindings = {**sets.timed, **{name: sets.fresh[name] for name in writes}}
    pace = replace(FINAL, timeout_ms=stage.longest_ms)
    return run_rounds(contestants, stage.workload.queries, bindings, more, pace, seed + 1, writes)


def _same_writes(
    finalists: Sequence[Finalist], rounds: Rounds, writes: frozenset[str], stage: Stage
) -> list[Finalist]:
    """The reference, and those on which as many writes were committed: none was stopped only there.

    Beside the reference of another engine that is the winner alone: its rows have to be read back.
    """
    first = stage.reference or finalists[0]
    expected = rounds.ended(first.label, sorted(writes))
    others = [f for f in finalists if f is not first and (stage.reference is None or f.label == WINNER)]
    return [first, *(f for f in others if rounds.ended(f.label, sorted(writes)) == expected)]


def _crowd(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, rounds: Rounds, seed: int
) -> dict[str, tuple[ConcurrentResult, ...]]:
    """What clients saw at the same time, by finalist; nothing on a server that takes one at a time."""
    if stage.server.identity.indicative:
        return {finalist.label: () for finalist in finalists}
    used = rounds.count * FINAL.committed
    once = frozenset(query.name for query in stage.workload.queries if inserts(query, stage.schema))
    bindings = {
        query.name: sets.fresh[query.name][used:] if query.name in once else sets.timed[query.name]
        for query in stage.workload.queries
    }
    load = stage.workload.load
    return run_crowd(finalists, stage.workload.queries, bindings, once, load, stage.watch, seed)
