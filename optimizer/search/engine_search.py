"""All of one engine: search its structures and their indexes, hold the finals, put the result together."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from time import monotonic

from optimizer.engines.base import Server
from optimizer.engines.engine import Engine
from optimizer.model.design import Design
from optimizer.model.result import BASELINE, GIVEN, WINNER, EngineResult, SearchResult
from optimizer.model.structure import Structure
from optimizer.search.finals.agreement import agree_at_first
from optimizer.search.finals.crowning import Shortlist
from optimizer.search.finals.outcome import Outcome
from optimizer.search.finals.run import run_finals
from optimizer.search.finals.staging import Finalist, Stage
from optimizer.search.inputs import Inputs
from optimizer.search.plans.memo import Memo
from optimizer.search.structures.climb import Climb
from optimizer.search.structures.combination import Combination
from optimizer.search.structures.searched import Searched, StructureSearch
from optimizer.search.trials import write_trials
from optimizer.watch import Clock, Watcher

MEASUREMENTS, SAMPLED = "measurements-{}.jsonl", "measurements-{}-sample.jsonl"
"""The files of an engine's measurements, with all rows and on the sample."""

_MAINTAINED = (
    "a hidden index is maintained here: what a single one costs a write isn't told, "
    "compare the writes on baseline and winner"
)


def search_engine(
    engine: Engine,
    server: Server,
    inputs: Inputs,
    watch: Watcher,
    clock: Clock,
    reference: Finalist | None = None,
    beside: bool = False,
) -> tuple[EngineResult, Outcome]:
    """Search, then finals; `reference` gives the answers where the baseline of this engine doesn't, and is
    measured too with `beside`."""
    started = monotonic()
    workload, schema, dataset = inputs.workload, inputs.schema, inputs.dataset
    stage = Stage(engine, server, workload, schema, dataset, {}, watch, clock, reference, beside)
    proposals, left_out = engine.structures(workload, schema, dataset)
    with closing(Memo(inputs.folder / MEASUREMENTS.format(engine.name))) as memo, ExitStack() as opened:
        at_first = partial(agree_at_first, stage, inputs.sets)
        whole = StructureSearch(engine, server, inputs, memo, watch, clock, at_first)
        trial = None
        if proposals and inputs.sample is not None:
            sampled = opened.enter_context(closing(Memo(inputs.folder / SAMPLED.format(engine.name))))
            trial = replace(whole, inputs=inputs.sample, memo=sampled, at_first=None)
        climb = Climb(whole, proposals, trial)
        base, combined = climb.climb()
        write_trials([one.trials for one in climb.every], inputs.folder / "trials.parquet")
        searched = [base, *([combined.searched] if combined and combined.searched else [])]
        summary = _summary(climb, searched[-1], left_out, memo, monotonic() - started)
    clock.enter("finals")
    statistics = {one.structures: one.statistics for one in searched if one.statistics is not None}
    stage = replace(stage, statistics=statistics)
    needed, given = engine.needed(workload, schema), engine.given(schema).indexes
    fixed = [(BASELINE, Design(needed)), (GIVEN, Design(given | needed)), *inputs.contenders]
    shortlist = _shortlist(engine, inputs, base, combined)
    outcome = run_finals(stage, fixed, shortlist, inputs.sets, workload.seed)
    tried = combined.structures if combined else frozenset[Structure]()
    summary = of_winner(summary, searched, tried, outcome.designs[WINNER].design.structures)
    return _result(engine, server, inputs, outcome, summary), outcome


def of_winner(
    summary: SearchResult,
    searched: Sequence[Searched],
    tried: frozenset[Structure],
    winner: frozenset[Structure],
) -> SearchResult:
    """What is said of a search is that of the structures that won; a combination that lost some isn't it.

    `searched` are the layouts that were searched as a whole, the best last; `tried` is the combination.
    """
    found = next((one for one in searched if one.structures == winner), None)
    told = found or searched[-1]
    return replace(
        summary,
        exact=found is not None and found.exact,
        candidates=told.counts.candidates,
        stopped_by=told.stopped_by,
        left_out=(*_lost(tried, winner), *summary.left_out),
    )


def _lost(tried: frozenset[Structure], kept: frozenset[Structure]) -> tuple[tuple[str, str], ...]:
    """The structures that gained in the search, and that the winner of the finals doesn't have."""
    lost = sorted(tried - kept, key=lambda s: s.label)
    reason = "gained in the search; in the finals a design without it was as good, or better"
    return tuple((structure.definition, reason) for structure in lost)


def _shortlist(engine: Engine, inputs: Inputs, base: Searched, combined: Combination | None) -> Shortlist:
    """The best designs: with all structures, without each of them, with none; without any at all, the
    simplest that is hardly worse."""
    combination = combined or Combination(frozenset(), (base,), base)
    assembled = partial(combination.assembled, engine, inputs)
    structures = sorted(combination.structures, key=lambda structure: structure.label)
    designs = (
        combination.best(engine, inputs),
        *(assembled(combination.structures - {one}) for one in structures if len(structures) > 1),
        *((base.best,) if structures else (base.simplest,)),
    )
    return Shortlist(tuple(dict.fromkeys(designs)), base.best, assembled)


def _summary(
    climb: Climb,
    best: Searched,
    left_out: Sequence[tuple[str, str]],
    memo: Memo,
    seconds: float,
) -> SearchResult:
    every = climb.every
    notes = []
    if memo.again:
        notes.append(f"{memo.again} measurements were taken over from the run that was resumed")
    if not memo.measured:
        notes.append("there was no time to measure a plan: give more with --time")
    return SearchResult(
        trials=sum(one.counts.trials for one in every),
        designs=sum(one.counts.designs for one in every),
        exact=best.exact,
        structures=len({one.structures for one in every}),
        candidates=best.counts.candidates,
        explains=sum(one.counts.explains for one in every),
        distinct_plans=sum(one.counts.distinct_plans for one in every),
        measured_plans=memo.measured,
        build_seconds=sum(one.counts.build_seconds for one in every),
        seconds=seconds,
        stopped_by=best.stopped_by,
        left_out=tuple(dict.fromkeys((*left_out, *climb.left_out, *best.left_out))),
        verified=(
            sum(one.counts.verified[0] for one in every),
            sum(one.counts.verified[1] for one in every),
        ),
        notes=tuple(notes),
    )


def _result(
    engine: Engine, server: Server, inputs: Inputs, outcome: Outcome, search: SearchResult
) -> EngineResult:
    identity = server.identity
    load = outcome.load
    winner = outcome.designs[WINNER].design
    return EngineResult(
        engine=engine.name,
        server=identity.server,
        provider=identity.provider,
        settings=identity.settings,
        indicative=identity.indicative,
        driver_floor_ms=outcome.floor_ms,
        rows={str(name): rows for name, rows in load.rows},
        load_rows=sum(rows for _, rows in load.rows),
        load_bytes=load.bytes,
        load_seconds=load.seconds,
        designs=outcome.designs,
        queries=outcome.queries,
        search=search,
        equivalence=outcome.equivalence,
        unstable=outcome.unstable,
        rounds=outcome.rounds,
        tied_with=outcome.tied_with,
        pruned=tuple(engine.render(index) for index in outcome.pruned),
        relaxed=engine.relaxed(inputs.schema, winner.structures),
        rewritten=engine.rewritten(inputs.workload, inputs.schema, winner.structures),
        notes=(*identity.notes, *([] if engine.hides_from_writes else [_MAINTAINED]), *outcome.notes),
    )
