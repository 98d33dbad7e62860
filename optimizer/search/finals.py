"""The finals: the winner must win again, from nothing.

The shortlist, the baseline, the user's own design and the contenders are each built from their own DDL text
in a fresh database. Their answers are compared, the shortlist is measured side by side and the simplest of
those that can't be told apart goes on; its indexes are taken away in turn. What is left is built once more,
from nothing; all that is reported is measured in interleaved rounds with writes committed, and the mix is
run by concurrent clients.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from time import monotonic

from optimizer.errors import OptimizerError
from optimizer.measure.rounds import Contestant, Pace, Rounds, run_rounds
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.measurement import Status
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query
from optimizer.model.result import (
    WINNER,
    ConcurrentResult,
    DesignResult,
    EquivalenceResult,
    IndexResult,
    QueryResult,
    Unstable,
)
from optimizer.queries.writes import inserts, is_write, maintained_tables
from optimizer.search.answers import compare_answers, compare_rows
from optimizer.search.crowd import run_crowd
from optimizer.search.judging import score_of, winner_of
from optimizer.search.pruning import Judgement, prune
from optimizer.search.stability import unstable
from optimizer.search.staging import Finalist, Stage, build, build_all
from optimizer.statistics.percentiles import latency, meets

QUALIFYING = Pace(slice_ms=15.0, most=30, timeout_ms=5_000.0)
QUALIFYING_ROUNDS = 9
FINAL = Pace(slice_ms=40.0, most=40, timeout_ms=10_000.0)
FINAL_ROUNDS = 16
LEAST_ROUNDS = 7  # one more than can tell two designs apart (optimizer.statistics.paired)
FINAL_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class Sets:
    """The bindings of the finals, by query: `timed` for latencies, `compared` for answers, `fresh` for
    writes that are committed (each used once)."""

    timed: Mapping[str, Sequence[Binding]]
    compared: Mapping[str, Sequence[Binding]]
    fresh: Mapping[str, Sequence[Binding]]


@dataclass(slots=True)
class Outcome:
    """What the finals found."""

    designs: dict[str, DesignResult]
    queries: tuple[QueryResult, ...]
    equivalence: EquivalenceResult
    unstable: tuple[Unstable, ...]
    rounds: int
    tied_with: tuple[str, ...]
    pruned: tuple[Index, ...]
    floor_ms: float
    load: Finalist
    notes: tuple[str, ...] = field(default=())


def run_finals(
    stage: Stage,
    fixed: Sequence[tuple[str, Design]],
    shortlist: Sequence[Design],
    sets: Sets,
    seed: int,
) -> Outcome:
    """Build, compare, measure, prune, measure again. `fixed` are baseline, given and the contenders,
    `shortlist` the search's designs, best first."""
    watch, queries = stage.watch, stage.workload.queries
    watch.phase("finals")
    entries = [*fixed, *((f"search {n}", design) for n, design in enumerate(shortlist, start=1))]
    with ExitStack() as cleanup:
        finalists = build_all(stage, entries)
        for finalist in finalists:
            cleanup.callback(finalist.close)
        measured = finalists[: len(fixed)]
        equivalence, wrong = _answers(stage, finalists, sets)
        right = [f for f in finalists[len(fixed) :] if f.label not in wrong]
        if not right:
            raise OptimizerError(
                "no design of the search gave the baseline's answers", "See the differences in run.log."
            )
        champion, tied = _qualify(right, queries, sets, watch.step, seed)
        affected = _affected(champion, stage, sets)
        writes = _writes(stage)
        judged, gone = prune(champion, affected, writes, sets.timed, watch, seed)
        for finalist in finalists[len(fixed) :]:
            finalist.close()
        champion = build(stage, WINNER, Design(champion.design.indexes - set(gone)), 1.0)
        cleanup.callback(champion.close)
        flips = unstable(champion, queries, sets.compared, stage.statistics, watch)
        measured.append(champion)
        rounds = _measure(measured, stage, sets, writes, seed)
        tables, differing = compare_rows(measured[0], measured[1:])
        crowd = _crowd(measured, stage, sets, rounds, seed)
        return Outcome(
            designs={f.label: _design(f, stage, rounds, judged, crowd[f.label]) for f in measured},
            queries=tuple(_query(query, measured, rounds, sets, query.name in writes) for query in queries),
            equivalence=replace(
                equivalence,
                compared=equivalence.compared + tables,
                mismatched=(*equivalence.mismatched, *differing),
            ),
            unstable=flips,
            rounds=rounds.count,
            tied_with=tied,
            pruned=gone,
            floor_ms=champion.session.floor_ms(),
            load=champion,
        )


def _answers(
    stage: Stage, finalists: Sequence[Finalist], sets: Sets
) -> tuple[EquivalenceResult, frozenset[str]]:
    stage.watch.step("comparing answers with the baseline's")
    reads = [query for query in stage.workload.queries if query.name not in _writes(stage)]
    return compare_answers(finalists[0], finalists[1:], reads, sets.compared, stage.schema)


def _qualify(
    finalists: Sequence[Finalist],
    queries: Sequence[Query],
    sets: Sets,
    step: Callable[[str, float], None],
    seed: int,
) -> tuple[Finalist, tuple[str, ...]]:
    if len(finalists) == 1:
        return finalists[0], ()

    def more(done: int) -> bool:
        step("the shortlist, side by side", done / QUALIFYING_ROUNDS)
        return done < QUALIFYING_ROUNDS

    contestants = [Contestant(finalist.label, finalist.session) for finalist in finalists]
    rounds = run_rounds(contestants, queries, sets.timed, more, QUALIFYING, seed)
    return winner_of(rounds, queries, finalists)


def _writes(stage: Stage) -> frozenset[str]:
    return frozenset(query.name for query in stage.workload.queries if is_write(query, stage.schema))


def _affected(finalist: Finalist, stage: Stage, sets: Sets) -> dict[Index, list[Query]]:
    """Each index with the queries whose plans use it, and the writes to its table."""
    affected: dict[Index, list[Query]] = {index: [] for index in finalist.design.indexes}
    for query in stage.workload.queries:
        used = frozenset[Index]().union(
            *(finalist.session.plan(query, binding).used for binding in sets.timed[query.name])
        )
        written = maintained_tables(query, stage.schema)
        for index in affected:
            if index in used or index.table in written:
                affected[index].append(query)
    return affected


def _measure(
    finalists: Sequence[Finalist], stage: Stage, sets: Sets, writes: frozenset[str], seed: int
) -> Rounds:
    started = monotonic()

    def more(done: int) -> bool:
        stage.watch.step(f"round {done + 1} of {FINAL_ROUNDS}, all designs", done / FINAL_ROUNDS)
        return done < LEAST_ROUNDS or (
            done < FINAL_ROUNDS and monotonic() - started < FINAL_SECONDS and not stage.clock.stopped
        )

    contestants = [Contestant(finalist.label, finalist.session) for finalist in finalists]
    bindings = {**sets.timed, **{name: sets.fresh[name] for name in writes}}
    return run_rounds(contestants, stage.workload.queries, bindings, more, FINAL, seed + 1, writes)


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


def _design(
    finalist: Finalist,
    stage: Stage,
    rounds: Rounds,
    judged: Mapping[Index, Judgement],
    crowd: tuple[ConcurrentResult, ...],
) -> DesignResult:
    score = score_of(rounds, stage.workload.queries, finalist)
    own = judged if finalist.label == WINNER else {}
    return DesignResult(
        design=finalist.design,
        indexes=tuple(
            _index(index, finalist, stage, own.get(index))
            for index in sorted(finalist.design.indexes, key=lambda i: (i.table, i.name))
        ),
        bytes=finalist.bytes,
        score=score.value,
        missed_share=score.missed_share,
        latency_ms=score.latency_ms,
        concurrent=crowd,
        breaks=_breaks(finalist, stage),
    )


def _index(index: Index, finalist: Finalist, stage: Stage, judgement: Judgement | None) -> IndexResult:
    return IndexResult(
        index,
        stage.engine.render(index),
        finalist.built[index].bytes,
        judgement.because if judgement else (),
        judgement.costs if judgement else (),
    )


def _breaks(finalist: Finalist, stage: Stage) -> tuple[str, ...]:
    limits = stage.workload.limits
    broken = []
    if limits.storage_bytes is not None and finalist.bytes > limits.storage_bytes:
        broken.append("storage")
    if limits.indexes_per_table is not None:
        tables = [index.table for index in finalist.design.indexes]
        if any(tables.count(table) > limits.indexes_per_table for table in set(tables)):
            broken.append("indexes_per_table")
    return tuple(broken)


def _query(
    query: Query, finalists: Sequence[Finalist], rounds: Rounds, sets: Sets, is_write: bool
) -> QueryResult:
    executions = {f.label: rounds.executions(f.label, query.name) for f in finalists}
    return QueryResult(
        query=query,
        is_write=is_write,
        latencies={label: latency(found, query.target.percentile) for label, found in executions.items()},
        plans={f.label: _plan(f, query, sets).fingerprint for f in finalists},
        meets={label: meets(found, query.target) for label, found in executions.items()},
        errors={
            label: failed[0].error
            for label, found in executions.items()
            if (failed := [e for e in found if e.status is Status.FAILED])
        },
    )


def _plan(finalist: Finalist, query: Query, sets: Sets) -> Plan:
    return finalist.session.plan(query, sets.timed[query.name][0])
