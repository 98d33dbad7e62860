"""The finals: the winner must win again, from nothing.

The shortlist, the baseline, the user's own design and the contenders are each built from their own DDL text
in a fresh database. Their answers are compared, the shortlist is measured side by side and the simplest of
those that can't be told apart goes on; its indexes are taken away in turn. What is left is built once more,
from nothing; all that is reported is measured in interleaved rounds with writes committed, and the mix is
run by concurrent clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from time import monotonic

from optimizer.errors import OptimizerError
from optimizer.measure.rounds import Contestant, Pace, Rounds, run_rounds
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.result import (
    GIVEN,
    WINNER,
    ConcurrentResult,
    EquivalenceResult,
    StructureResult,
    Unstable,
)
from optimizer.queries.writes import inserts, is_write
from optimizer.search.finals.agreement import agree, changed_by, compare_all
from optimizer.search.finals.answers import compare_rows
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.crowd import run_crowd
from optimizer.search.finals.figures import design_result, limits_broken, query_result
from optimizer.search.finals.judging import winner_of
from optimizer.search.finals.outcome import Beside, Outcome
from optimizer.search.finals.pruning import Care, Judgement, prune
from optimizer.search.finals.stability import unstable
from optimizer.search.finals.staging import Finalist, Stage, build
from optimizer.search.finals.structure_reasons import structure_results

QUALIFYING = Pace(slice_ms=15.0, most=30)
QUALIFYING_ROUNDS = 15
FINAL = Pace(slice_ms=40.0, most=40)
FINAL_ROUNDS = 16
LEAST_ROUNDS = 7  # one more than can tell two designs apart (optimizer.statistics.paired)
FINAL_SECONDS = 75.0
ROUNDS_SHARE = 0.6  # of the time that is left, the clients taking the rest


def run_finals(
    stage: Stage,
    fixed: Sequence[tuple[str, Design]],
    shortlist: Sequence[Design],
    sets: Sets,
    seed: int,
) -> Outcome:
    """Build, compare, measure, prune, build the winner anew and measure again.

    `fixed` are baseline, given and the contenders, in this order; `shortlist` the search's designs, best
    first. The user's own design competes with the shortlist; contenders never do.
    """
    stage.watch.phase("finals")
    writes = _writes(stage)
    with ExitStack() as cleanup:
        measured = [_built(stage, label, design, cleanup) for label, design in fixed]
        champion, pruned = _champion(stage, measured, shortlist, sets, seed)
        winner = _built(stage, WINNER, pruned.design, cleanup)
        measured.append(winner)
        equivalence = agree(stage, measured, sets)
        flips = _unstable(stage, winner, sets)
        every = [*measured, *([stage.reference] if stage.reference else [])]
        rounds = _measure(every, stage, sets, writes, seed)
        same = _same_writes(every, rounds, writes, stage)
        rows = compare_rows(same, stage.schema, changed_by(stage))
        crowd = _crowd(every if stage.beside else measured, stage, sets, rounds, seed)
        return Outcome(
            designs={
                f.label: design_result(f, stage, rounds, pruned.judged, crowd[f.label], champion.structures)
                for f in measured
            },
            queries=tuple(
                query_result(query, measured, rounds, sets, query.name in writes)
                for query in stage.workload.queries
            ),
            equivalence=champion.equivalence + equivalence + rows,
            unstable=flips,
            rounds=rounds.count,
            tied_with=champion.tied,
            pruned=pruned.gone,
            floor_ms=rounds.floor_ms(WINNER),
            load=winner.load,
            measured=rounds,
            statistics=stage.statistics,
            samples=winner.database.samples(),
            beside=_beside(stage, rounds, crowd),
            notes=_beaten(measured, rounds, stage),
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


@dataclass(frozen=True, slots=True)
class _Champion:
    """The design that won the qualifying, those it ties with, what its structures do, and the answers
    compared on the way."""

    tied: tuple[str, ...]
    structures: tuple[StructureResult, ...]
    equivalence: EquivalenceResult


@dataclass(frozen=True, slots=True)
class _Pruned:
    """What is left of the champion, why, and what went."""

    design: Design
    judged: Mapping[Index, Judgement]
    gone: tuple[Index, ...]


def _built(stage: Stage, label: str, design: Design, cleanup: ExitStack) -> Finalist:
    finalist = build(stage, label, design)
    cleanup.callback(finalist.close)
    return finalist


def _champion(
    stage: Stage, fixed: Sequence[Finalist], shortlist: Sequence[Design], sets: Sets, seed: int
) -> tuple[_Champion, _Pruned]:
    """Qualify the shortlist and the user's own design, and prune the best; what was built for it goes."""
    with ExitStack() as cleanup:
        searched = [
            _built(stage, f"search {n}", design, cleanup) for n, design in enumerate(shortlist, start=1)
        ]
        compared = compare_all(stage, stage.reference or fixed[0], searched, sets)
        entered = [*searched, *(f for f in fixed if f.label == GIVEN)]
        right = [f for f in entered if f.label not in compared.wrong and not limits_broken(f, stage)]
        if not right:
            raise OptimizerError(
                "no design of the search gave the reference's answers within the limits",
                "; ".join(map(str, compared.mismatched)) or "Raise the limits in the workload file.",
            )
        best, tied, rounds = _qualify(right, stage, sets, seed)
        structures = structure_results(best, right, rounds, stage.workload.queries)
        if best.label == GIVEN:
            best = _built(stage, "search given", best.design, cleanup)
        affected, upkeep = _affected(best, stage, sets)
        care = Care(timeout_ms=stage.longest_ms)
        judged, gone = prune(best, affected, upkeep, sets.timed, stage.watch, seed, care)
        design = Design(best.design.indexes - set(gone), best.design.structures)
        return _Champion(tied, structures, compared), _Pruned(design, judged, gone)


def _unstable(stage: Stage, winner: Finalist, sets: Sets) -> tuple[Unstable, ...]:
    """Nothing where the engine's planner has no statistics that could be sampled otherwise."""
    if stage.statistics is None:
        return ()
    queries = stage.workload.queries
    return unstable(winner, queries, sets.compared, stage.statistics, stage.watch, stage.longest_ms)


def _beside(stage: Stage, rounds: Rounds, crowd: Mapping[str, tuple[ConcurrentResult, ...]]) -> Beside | None:
    reference = stage.reference
    if reference is None or not stage.beside:
        return None
    result = design_result(reference, stage, rounds, {}, crowd[reference.label])
    return Beside(reference.label, result, reference.load, rounds.floor_ms(reference.label))


def _qualify(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, seed: int
) -> tuple[Finalist, tuple[str, ...], Rounds]:
    if len(finalists) == 1:
        return finalists[0], (), Rounds()

    def more(done: int) -> bool:
        stage.watch.step("the shortlist, side by side", done / QUALIFYING_ROUNDS)
        return done < QUALIFYING_ROUNDS

    contestants = [Contestant(finalist.label, finalist.session) for finalist in finalists]
    queries = stage.workload.queries
    pace = replace(QUALIFYING, timeout_ms=stage.longest_ms)
    rounds = run_rounds(contestants, queries, sets.timed, more, pace, seed)
    return *winner_of(rounds, queries, finalists), rounds


def _writes(stage: Stage) -> frozenset[str]:
    return frozenset(query.name for query in stage.workload.queries if is_write(query, stage.schema))


def _affected(
    finalist: Finalist, stage: Stage, sets: Sets
) -> tuple[dict[Index, list[Query]], dict[Index, frozenset[str]]]:
    """Each index with the queries whose plans use it and the writes to its table; and with the names of
    those writes that don't use it. Writes that hiding an index doesn't spare aren't among them."""
    affected: dict[Index, list[Query]] = {index: [] for index in finalist.design.indexes}
    upkeep: dict[Index, frozenset[str]] = dict.fromkeys(finalist.design.indexes, frozenset())
    for query in stage.workload.queries:
        used = frozenset[Index]().union(
            *(finalist.session.plan(query, binding).used for binding in sets.timed[query.name])
        )
        written = _upkept(stage, query, finalist.design)
        for index in affected:
            if index in used or index.table in written:
                affected[index].append(query)
            if index not in used and index.table in written:
                upkeep[index] |= {query.name}
    return affected, upkeep


def _upkept(stage: Stage, query: Query, design: Design) -> frozenset[TableName]:
    """The tables whose indexes cost the query nothing while they are hidden; none where they do cost it."""
    if not stage.engine.hides_from_writes:
        return frozenset()
    return stage.engine.maintained(query, stage.schema, design.structures)


def _measure(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, writes: frozenset[str], seed: int
) -> Rounds:
    ends = monotonic() + min(FINAL_SECONDS, max(0.0, stage.clock.turn_left * ROUNDS_SHARE))

    def more(done: int) -> bool:
        number = min(done + 1, FINAL_ROUNDS)
        stage.watch.step(f"round {number} of {FINAL_ROUNDS}, all designs", done / FINAL_ROUNDS)
        hurry = monotonic() > ends or stage.clock.stopped
        return done < LEAST_ROUNDS or (done < FINAL_ROUNDS and not hurry)

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
    used = rounds.count * FINAL.committed
    once = frozenset(query.name for query in stage.workload.queries if inserts(query, stage.schema))
    bindings = {
        query.name: sets.fresh[query.name][used:] if query.name in once else sets.timed[query.name]
        for query in stage.workload.queries
    }
    load = stage.workload.load
    return run_crowd(finalists, stage.workload.queries, bindings, once, load, stage.watch, seed)
