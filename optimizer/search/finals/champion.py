"""Which design wins the qualifying, and what is left of it when what makes no difference is taken away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from optimizer.errors import OptimizerError
from optimizer.measure.rounds import Contestant, Pace, Rounds, run_rounds
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.result import GIVEN, INDEXES_ONLY, EquivalenceResult, StructureResult
from optimizer.model.structure import Structure
from optimizer.search.finals.agreement import compare_all
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.figures import limits_broken
from optimizer.search.finals.judging import score_of, winner_of
from optimizer.search.finals.pruning import Care, Judgement, prune
from optimizer.search.finals.soundness import faults
from optimizer.search.finals.sparing import needed
from optimizer.search.finals.staging import Finalist, Stage, build_until
from optimizer.search.finals.structure_reasons import structure_results
from optimizer.search.structures.affected import noticing

QUALIFYING = Pace(slice_ms=15.0, most=30)
QUALIFYING_ROUNDS = 15
LEAST_QUALIFYING = 9
QUALIFYING_SHARE = 0.25  # of the time that is left
ONE_MORE = 4  # times what a finalist took so far: it has to be measured too

Assemble = Callable[[frozenset[Structure]], Design]
"""Makes the design of some structures, with all indexes that are known to be good and go with them."""


@dataclass(frozen=True, slots=True)
class Field:
    """Finalists that may win, and the rounds in which they were measured side by side."""

    finalists: Sequence[Finalist]
    rounds: Rounds


@dataclass(frozen=True, slots=True)
class Champion:
    """The design that won, pruned: `judged` says why each index stays, `gone` are those that went.

    `tied` are designs, for people, that couldn't be told apart from it; `structures` what its structures
    do; `faults` a line for each design that was faster, and lost since its structures don't hold. `field`
    has the designs among which it won.
    """

    design: Design
    judged: Mapping[Index, Judgement]
    gone: tuple[Index, ...]
    tied: tuple[str, ...]
    structures: tuple[StructureResult, ...]
    equivalence: EquivalenceResult
    faults: tuple[str, ...]
    field: Field


def find_champion(
    stage: Stage,
    fixed: Sequence[Finalist],
    shortlist: Sequence[Design],
    sets: Sets,
    seed: int,
    built: Sequence[Finalist] = (),
    assembled: Assemble | None = None,
) -> Champion:
    """Qualify the shortlist, what is `built` already and the user's own design, and prune the best; what was
    built for the shortlist goes. What is `built` isn't to be used again where it wins.

    Where several structures make no difference alone, the design without all of them, which `assembled`
    makes, is measured beside the best one, if there is time. One whose structures don't hold under concurrent
    writes loses to the next.
    """
    reference = stage.reference or fixed[0]
    began = monotonic()
    with ExitStack() as cleanup:
        searched = [
            *(
                build_until(cleanup, stage, f"search {n}", one, anew=False)
                for n, one in enumerate(shortlist, start=1)
            ),
            *built,
        ]
        compared = compare_all(stage, reference, searched, sets)
        entered = [*searched, *(f for f in fixed if f.label == GIVEN)]
        right = [finalist for finalist in entered if _may_win(finalist, compared, stage)]
        one_more = (monotonic() - began) / max(len(searched), 1) * ONE_MORE
        first = last = Field(right, qualify(right, stage, sets, seed))
        affordable = assembled is not None and one_more < stage.clock.turn_left
        rest = needed(right, first.rounds, stage.workload.queries) if affordable else None
        if assembled and rest is not None:
            fewer = build_until(cleanup, stage, "search fewer", assembled(rest), anew=False)
            compared += compare_all(stage, reference, [fewer], sets)
            if _may_win(fewer, compared, stage):
                last = _beside_the_best(fewer, first, stage, sets, seed)
        return _soundest(cleanup, stage, first, last, compared, sets, seed)


def next_champion(
    stage: Stage, lost: Champion, among: Collection[Finalist], sets: Sets, seed: int
) -> Champion:
    """The best `among` those of a champion's field, after that one has lost; it is pruned as well.

    They were compared and qualified with it. OptimizerError where none of them was in that field.
    """
    left = Field([finalist for finalist in lost.field.finalists if finalist in among], lost.field.rounds)
    with ExitStack() as cleanup:
        return _soundest(cleanup, stage, left, left, EquivalenceResult(), sets, seed)


def _beside_the_best(fewer: Finalist, first: Field, stage: Stage, sets: Sets, seed: int) -> Field:
    """A design with fewer structures, and those that it has to be compared with."""
    best, _ = winner_of(first.rounds, stage.workload.queries, first.finalists)
    left = [fewer, *(f for f in first.finalists if f is best or not f.design.structures)]
    return Field(left, qualify(left, stage, sets, seed))


def _soundest(
    cleanup: ExitStack,
    stage: Stage,
    first: Field,
    last: Field,
    compared: EquivalenceResult,
    sets: Sets,
    seed: int,
) -> Champion:
    """The best of the last field whose structures hold, pruned; both fields tell what structures do."""
    queries, left = stage.workload.queries, list(last.finalists)
    told = partial(noticing, stage.engine, queries, stage.schema)
    measured = [(field.finalists, field.rounds) for field in (last, first)]
    unsound: list[str] = []
    while left:
        best, tied = winner_of(last.rounds, queries, left)
        structures = structure_results(best, measured, queries, told)
        own = build_until(cleanup, stage, "search given", best.design) if best.label == GIVEN else best
        judged, gone = _pruned(own, stage, sets, seed)
        design = Design(best.design.indexes - set(gone), best.design.structures)
        found = faults(stage, own, design, sets, seed)
        if not found:
            named = tuple(_named(one) for one in left if one.label in tied)
            return Champion(design, judged, gone, named, structures, compared, tuple(unsound), first)
        unsound += found
        left = [finalist for finalist in left if finalist is not best]
    reasons = [str(mismatch) for mismatch in compared.mismatched]
    raise OptimizerError(
        "no design of the search gave the reference's answers within the limits",
        "; ".join([*reasons, *unsound]) or "Raise the limits in the workload file.",
    )


def _may_win(finalist: Finalist, compared: EquivalenceResult, stage: Stage) -> bool:
    return finalist.label not in compared.wrong and not limits_broken(finalist, stage)


def qualify(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, seed: int, least: int = LEAST_QUALIFYING
) -> Rounds:
    """Rounds of all statements on these finalists, writes rolled back; empty where there is but one.

    Where the time is short, there are only the `least`.
    """
    if len(finalists) < 2:
        return Rounds()

    ends = monotonic() + max(0.0, stage.clock.turn_left * QUALIFYING_SHARE)

    def more(done: int) -> bool:
        stage.watch.step("the shortlist, side by side", done / QUALIFYING_ROUNDS)
        return done < (least if monotonic() > ends else QUALIFYING_ROUNDS)

    for finalist in finalists:
        finalist.sweep()
    queries = stage.workload.queries
    contestants = [Contestant(finalist.label, finalist.session) for finalist in finalists]
    pace = replace(QUALIFYING, timeout_ms=stage.longest_ms)
    rounds = run_rounds(contestants, queries, sets.timed, more, pace, seed)
    for one in finalists:
        value = score_of(rounds, queries, one.label, one.bytes).value
        stage.watch.note(f"{one.label}, {_made_of(one)}: score {value:.4g}")
    return rounds


def _named(finalist: Finalist) -> str:
    """A design of the search has no name of its own: what it is made of."""
    if finalist.label in (GIVEN, INDEXES_ONLY):
        return finalist.label
    return f"a design of the search with {_made_of(finalist)}"


def _made_of(finalist: Finalist) -> str:
    structures = len(finalist.design.structures)
    made = f"{structures} structure{'s' if structures > 1 else ''} and " if structures else ""
    return f"{made}{len(finalist.design.indexes)} indexes"


def _pruned(
    finalist: Finalist, stage: Stage, sets: Sets, seed: int
) -> tuple[dict[Index, Judgement], tuple[Index, ...]]:
    affected, upkeep = _affected(finalist, stage, sets)
    care = Care(timeout_ms=stage.longest_ms)
    return prune(finalist, affected, upkeep, sets.timed, stage.watch, seed, care)


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
