"""All of one engine: load a structure, search its indexes, hold the finals, put the result together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from optimizer.dataset.dataset import Dataset
from optimizer.engines.base import BuiltIndex, Database, Engine, LoadReport, Server
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.query import Binding, SourceText
from optimizer.model.result import BASELINE, GIVEN, EngineResult, SearchResult
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.queries.writes import maintained_tables
from optimizer.search.choice.choose import Choice
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.run import Outcome, run_finals
from optimizer.search.finals.staging import Stage
from optimizer.search.index_search import IndexSearch, Structure
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo
from optimizer.search.trials import Trials, record_trials
from optimizer.watch import Clock, Watcher

SHORTLIST_WITHIN = 1.03
"""The simplest design whose value lies within 3 % of the best one's goes to the finals beside it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the rooms before have made ready for one engine.

    `searched` are the bindings for the search, `sets` those for the finals; `left_out` the indexes that
    were thought of and aren't candidates, each with its reason.
    """

    workload: Workload
    schema: Schema
    dataset: Dataset
    candidates: Sequence[Candidate]
    left_out: Sequence[tuple[str, str]]
    contenders: Sequence[tuple[str, Design]]
    searched: Mapping[str, Sequence[Binding]]
    sets: Sets
    folder: Path


@dataclass(slots=True)
class _Loaded:
    """The searched structure: its database with all candidates built."""

    database: Database
    load: LoadReport
    built: Mapping[Index, BuiltIndex]
    failed: Sequence[tuple[str, str]]
    build_seconds: float
    statistics: Any


def search_engine(
    engine: Engine, server: Server, inputs: Inputs, watch: Watcher, clock: Clock
) -> EngineResult:
    """Load, search, finals."""
    clock.enter("load")
    watch.phase("load")
    loaded = _load(engine, server, inputs, watch)
    clock.enter("search")
    watch.phase("search")
    started = monotonic()
    memo = Memo(inputs.folder / "measurements.jsonl")
    try:
        with_session = loaded.database.session()
        try:
            for query in inputs.workload.queries:
                with_session.prepare(query)
            board = Switchboard(loaded.database, with_session, list(loaded.built))
            search = IndexSearch(
                board, _structure(loaded, inputs), memo, with_session.floor_ms(), watch, clock
            )
            choice, trials = _search(search, inputs, memo)
            summary = _summary(search, choice, trials, loaded, inputs, monotonic() - started)
            shortlist = _shortlist(board, choice)
        finally:
            with_session.close()
    finally:
        memo.close()
    loaded.database.drop()
    clock.enter("finals")
    stage = Stage(
        engine, server, inputs.workload, inputs.schema, inputs.dataset, loaded.statistics, watch, clock
    )
    fixed = [
        (BASELINE, Design()),
        (GIVEN, Design(frozenset(inputs.schema.given))),
        *inputs.contenders,
    ]
    outcome = run_finals(stage, fixed, shortlist, inputs.sets, inputs.workload.seed)
    return _result(engine, server, inputs, outcome, summary)


def _load(engine: Engine, server: Server, inputs: Inputs, watch: Watcher) -> _Loaded:
    script = engine.ddl(inputs.workload, inputs.schema, Design(), {})
    database = server.create(inputs.workload, "search", SourceText(script, "the baseline's DDL"))
    load = database.load(inputs.dataset, watch.step)
    started = monotonic()
    watch.phase("indexes")
    built = database.build([candidate.index for candidate in inputs.candidates], watch.step)
    return _Loaded(
        database,
        load,
        {one.index: one for one in built if not one.error},
        [(engine.render(one.index), one.error) for one in built if one.error],
        monotonic() - started,
        database.statistics(),
    )


def _structure(loaded: _Loaded, inputs: Inputs) -> Structure:
    workload = inputs.workload
    return Structure(
        schema=inputs.schema,
        queries=workload.queries,
        bindings=inputs.searched,
        written={
            query.name: frozenset(index for index in loaded.built if index.table in tables)
            for query in workload.queries
            if (tables := maintained_tables(query, inputs.schema))
        },
        bytes={index: one.bytes for index, one in loaded.built.items()},
        base_bytes=loaded.load.bytes,
        limits=workload.limits,
        seed=workload.seed,
    )


def _search(search: IndexSearch, inputs: Inputs, memo: Memo) -> tuple[Choice, Trials]:
    search.map_plans()
    search.weigh_writes()
    choice = search.choose()
    given = search.board.mask(index for index in inputs.schema.given if index in search.structure.bytes)
    trials = record_trials(search, choice, given, inputs.folder, inputs.workload.budget.trials)
    return trials.choice, trials


def _shortlist(board: Switchboard, choice: Choice) -> list[Design]:
    """The best design, and the simplest of those that are hardly worse."""
    near = [mask for mask, value in choice.contenders if value <= choice.value * SHORTLIST_WITHIN]
    simplest = min(near, key=lambda mask: mask.bit_count(), default=choice.mask)
    return [Design(board.indexes(mask)) for mask in dict.fromkeys((choice.mask, simplest))]


def _summary(
    search: IndexSearch,
    choice: Choice,
    trials: Trials,
    loaded: _Loaded,
    inputs: Inputs,
    seconds: float,
) -> SearchResult:
    return SearchResult(
        trials=trials.count,
        designs=trials.designs,
        exact=choice.exact,
        structures=1,
        candidates=len(loaded.built),
        explains=search.board.explains,
        distinct_plans=search.distinct_plans,
        measured_plans=search.memo.measured,
        build_seconds=loaded.build_seconds,
        seconds=seconds,
        stopped_by=trials.stopped_by,
        left_out=(*inputs.left_out, *loaded.failed),
        verified=search.verified,
        notes=(f"{search.memo.again} measurements were taken over from the run that was resumed",)
        if search.memo.again
        else (),
    )


def _result(
    engine: Engine, server: Server, inputs: Inputs, outcome: Outcome, search: SearchResult
) -> EngineResult:
    identity = server.identity
    load = outcome.load.load
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
        relaxed=(),
        notes=(*identity.notes, *outcome.notes),
    )
