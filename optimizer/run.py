"""The way of the data: workload file, model, dataset, loaded server, measurements, finals, result."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from optimizer import __version__
from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.making.cache import default_cache
from optimizer.dataset.making.head import head
from optimizer.dataset.planning.plan import plan
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.engines import ENGINES
from optimizer.engines.base import Database, Engine, Server, ServerRequest
from optimizer.environment import environment
from optimizer.errors import Interrupted, Problem, WorkloadError
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index
from optimizer.model.query import Binding, SourceText
from optimizer.model.result import EngineResult, RunResult
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.queries.problems import problems as query_problems
from optimizer.queries.writes import is_write
from optimizer.report import words
from optimizer.report.folder import RunFolder, new_run, unfinished_run
from optimizer.report.run_log import LoggedWatcher
from optimizer.search.engine_search import Inputs, search_engine
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.run import FINAL, FINAL_ROUNDS
from optimizer.watch import Clock, Watcher
from optimizer.workload.check import problems as workload_problems

SEARCHED = 12  # bindings per query and plan tree
TIMED = 60
COMPARED = 20
CROWD = 800  # fresh values for each write of the concurrent phase
SAMPLE_ROWS = 200


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the command line asks for, beyond the workload; `dsns` are by engine."""

    out: Path = Path("results")
    provider: str = "auto"
    dsns: Mapping[str, str] = field(default_factory=dict, repr=False)
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: its result, its folder, and the winning DDL by engine."""

    result: RunResult
    folder: RunFolder
    scripts: Mapping[str, str]


def run(workload: Workload, request: RunRequest, watch: Watcher, clock: Clock) -> Finished:
    """Optimise the workload on each of its engines; what was measured is kept in the folder in any case."""
    for name in workload.engines:
        _engine(name)
    folder = _folder(workload, request)
    _find_functions(workload.path)
    with _kept(folder), closing(LoggedWatcher(watch, folder.path / "run.log")) as log:
        for line in workload.defaults:
            log.note(line)
        done = {name: _on_engine(workload, request, folder, name, log, clock) for name in workload.engines}
    clock.enter("done")
    result = RunResult(
        workload=workload.name,
        run=folder.run,
        seed=workload.seed,
        scale=workload.scale,
        environment=environment(),
        engines={name: engine for name, (engine, _) in done.items()},
        seconds=clock.elapsed,
        phases=dict(clock.phases),
    )
    return Finished(result, folder, {name: script for name, (_, script) in done.items()})


@contextmanager
def _kept(folder: RunFolder) -> Iterator[None]:
    """Of a run that doesn't get to its end, keep the folder where there is something to go on with."""
    try:
        yield
    except KeyboardInterrupt:
        if folder.has_measurements:
            message, hint = f"stopped; what was measured is kept in {folder.path}", "Add --resume to go on."
            raise Interrupted(message, hint) from None
        folder.discard()
        raise Interrupted("stopped before anything was measured") from None
    except BaseException:
        if not folder.has_measurements:
            folder.discard()
        raise


def _find_functions(workload: Path) -> None:
    """The user's generator functions are imported from beside the workload file, here and in workers."""
    beside = str(workload.absolute().parent)
    if beside not in sys.path:
        sys.path.append(beside)


def _on_engine(
    workload: Workload, request: RunRequest, folder: RunFolder, name: str, watch: Watcher, clock: Clock
) -> tuple[EngineResult, str]:
    engine = _engine(name)
    clock.enter("check")
    watch.phase("check")
    watch.step("starting the server")
    wanted = ServerRequest(request.provider, request.dsns.get(name), workload.memory_bytes)
    with engine.start(wanted) as server:
        identity = server.identity
        watch.note(f"{identity.server} ({identity.provider})")
        for note in identity.notes:
            watch.note(note)
        empty = server.create(workload, "empty", workload.ddl)
        for note in empty.notes:
            watch.note(note)
        schema = empty.schema
        made = _checked_plan(workload, schema, empty)
        contenders = _contenders(engine, server, workload, schema)
        candidates, left_out = _candidates(engine, workload, schema, empty)
        empty.drop()
        clock.enter("generate")
        watch.phase("generate")
        dataset = build(made, default_cache(), watch.step)
        inputs = Inputs(
            workload,
            schema,
            dataset,
            candidates,
            left_out,
            contenders,
            _searched(workload, schema, dataset),
            _sets(workload, schema, dataset),
            folder.path,
        )
        result = search_engine(engine, server, inputs, watch, clock)
        winner = result.winner
        comments = {one.index: words.reasons(one) for one in winner.indexes}
        return result, engine.ddl(workload, schema, winner.design, comments)


def _engine(name: str) -> Engine:
    if name not in ENGINES:
        raise WorkloadError(
            Problem(f"the engine {name} isn't a part of this version", hint=f"use {', '.join(ENGINES)}")
        )
    return ENGINES[name]


def _folder(workload: Workload, request: RunRequest) -> RunFolder:
    identity = {
        "optimizer": __version__,
        "workload": workload.text_digest,
        "seed": workload.seed,
        "scale": workload.scale,
        "engines": list(workload.engines),
        "provider": request.provider,
        "servers": hashlib.sha256(repr(sorted(request.dsns.items())).encode()).hexdigest(),
    }
    if request.resume:
        found = unfinished_run(request.out, workload.name, identity)
        if found is None:
            raise WorkloadError(
                Problem(
                    f"--resume: no unfinished run of {workload.name} with this file, seed, scale and server "
                    f"is under {request.out}",
                    hint="run without --resume",
                )
            )
        return found
    return new_run(request.out, workload.name, identity)


def _checked_plan(workload: Workload, schema: Schema, empty: Database) -> DatasetPlan:
    """Everything that can be wrong before a row is made, told in one go."""
    problems = [
        *workload_problems(workload, schema),
        *(problem for query in workload.queries for problem in query_problems(query, schema)),
        *empty.check_queries(workload.queries),
    ]
    try:
        made = plan(schema, workload)
    except WorkloadError as error:
        raise WorkloadError(*problems, *error.problems) from error
    if problems:
        raise WorkloadError(*problems)
    refused = empty.check_sample(head(made, SAMPLE_ROWS))
    if refused:
        raise WorkloadError(*refused)
    return made


def _contenders(
    engine: Engine, server: Server, workload: Workload, schema: Schema
) -> tuple[tuple[str, Design], ...]:
    baseline = SourceText(engine.ddl(workload, schema, Design(), {}), "the baseline's DDL")
    return tuple((name, server.design_of(workload, baseline, source)) for name, source in workload.contenders)


def _candidates(
    engine: Engine,
    workload: Workload,
    schema: Schema,
    empty: Database,
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """The candidates as the server spells them, each once; refused ones are left out with its words."""
    proposed, left_out = engine.candidates(workload, schema)
    spelt = empty.canonical([candidate.index for candidate in proposed])
    kept: dict[Index, Candidate] = {}
    refused = list(left_out)
    for candidate in proposed:
        index = spelt[candidate.index]
        if isinstance(index, str):
            refused.append((engine.render(candidate.index), index))
        elif index not in kept:
            kept[index] = replace(candidate, index=index)
    return list(kept.values()), refused


def _searched(workload: Workload, schema: Schema, dataset: Dataset) -> dict[str, tuple[Binding, ...]]:
    return {
        query.name: draw(query, schema, dataset, workload, SEARCHED, workload.seed)
        for query in workload.queries
    }


def _sets(workload: Workload, schema: Schema, dataset: Dataset) -> Sets:
    timed, compared, fresh = {}, {}, {}
    for query in workload.queries:
        drawn = draw(query, schema, dataset, workload, TIMED, workload.seed + 1)
        timed[query.name] = drawn
        if is_write(query, schema):
            count = FINAL_ROUNDS * FINAL.committed + CROWD
            fresh[query.name] = draw(query, schema, dataset, workload, count, workload.seed + 2)
            compared[query.name] = drawn[:COMPARED]
        else:
            labelled = special(query, schema, dataset, workload, workload.seed)
            compared[query.name] = (*labelled, *drawn)[:COMPARED]
    return Sets(timed, compared, fresh)
