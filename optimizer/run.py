"""The way of the data: workload file, model, dataset, loaded server, measurements, finals, result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from optimizer import __version__
from optimizer.dataset.completion import completed, is_complete
from optimizer.deliver import queries
from optimizer.engines import ENGINES, REFERENCE
from optimizer.engines.base import Database, ReferenceServer, Server
from optimizer.engines.engine import Engine
from optimizer.engines.values import ServerRequest
from optimizer.environment import environment
from optimizer.errors import Interrupted, OptimizerError, Problem, WorkloadError
from optimizer.model.design import Design
from optimizer.model.index import Index
from optimizer.model.result import ComparisonResult, EngineResult, RunResult
from optimizer.model.structure import Structure
from optimizer.model.workload import Workload
from optimizer.preparation import prepare, sampled
from optimizer.report import words
from optimizer.report.folder import RunFolder, new_run, unfinished_run
from optimizer.report.run_log import LoggedWatcher
from optimizer.search.comparison import compared
from optimizer.search.engine_search import search_engine
from optimizer.search.finals.outcome import Outcome
from optimizer.search.finals.staging import Finalist, Stage, build
from optimizer.search.inputs import Inputs
from optimizer.watch import Clock, Watcher

OTHER_ENGINES = 2.0
"""An engine that isn't the reference gets so many times the reference's time."""

SAMPLE_ROWS = 100_000
"""Structures are tried on about so many rows, where there are more than twice as many."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the command line asks for, beyond the workload; `dsns` are by engine."""

    out: Path = Path("results")
    provider: str = "auto"
    dsns: Mapping[str, str] = field(default_factory=dict, repr=False)
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: its result, its folder, and by ENGINE/NAME the winning DDL and what goes with it."""

    result: RunResult
    folder: RunFolder
    files: Mapping[str, str]


def weight(engine: Engine) -> float:
    """The time that an engine gets, as a multiple of the reference's."""
    return 1.0 if engine is REFERENCE else OTHER_ENGINES


def run(workload: Workload, request: RunRequest, watch: Watcher, clock: Clock) -> Finished:
    """Optimise the workload on each of its engines; what was measured is kept in the folder in any case."""
    engines = sorted((_engine(name) for name in workload.engines), key=lambda one: one is not REFERENCE)
    folder = _folder(workload, request)
    with _kept(folder), closing(LoggedWatcher(watch, folder.path / "run.log")) as log:
        for line in workload.defaults:
            log.note(line)
        clock.enter("check")
        log.phase("check")
        log.step("starting the server")
        with REFERENCE.start(_wanted(REFERENCE, workload, request)) as server:
            _introduce(server, log)
            inputs = prepare(workload, (REFERENCE, server), engines, folder.path, log, clock)
            turns = _Turns(inputs, request, server, log, clock)
            for place, engine in enumerate(engines):
                clock.turn(weight(engine) / sum(map(weight, engines[place:])))
                turns.take(engine, beside=len(engines) > 1)
    clock.enter("done")
    result = RunResult(
        workload=workload.name,
        run=folder.run,
        seed=workload.seed,
        scale=workload.scale,
        environment=environment(),
        engines=turns.results,
        seconds=clock.elapsed,
        phases=dict(clock.phases),
        comparison=turns.comparison(),
        failed=turns.failed,
    )
    return Finished(result, folder, turns.files)


@dataclass
class _Turns:
    """The engines' turns, one after the other; the reference's own comes first where it has one."""

    inputs: Inputs
    request: RunRequest
    reference: ReferenceServer
    watch: Watcher
    clock: Clock
    results: dict[str, EngineResult] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def take(self, engine: Engine, beside: bool) -> None:
        """Search an engine and hold its finals; `beside` the reference's winner, where that is known.

        What is finished stays: an engine that can't be is noted in `failed` where another one was.
        """
        try:
            self._take(engine, beside)
        except OptimizerError as error:
            if not self.results:
                raise
            self.failed[engine.name] = str(error)
            self.watch.note(f"{engine.name} couldn't be finished: {error}")

    def _take(self, engine: Engine, beside: bool) -> None:
        if engine is REFERENCE:
            sample = sampled(self.inputs, SAMPLE_ROWS, self.watch)
            self._search(engine, self.reference, replace(self.inputs, sample=sample))
            return
        wanted = _wanted(engine, self.inputs.workload, self.request)
        with engine.start(wanted) as server, TemporaryDirectory() as rows:
            _introduce(server, self.watch)
            self.watch.phase("load")
            with closing(self._reference_finalist()) as reference:
                whole = self._completed(self.inputs, reference.database, Path(rows, "all"))
                sample = self._sample(Path(rows, "sample")) if engine.gains_on_fewer else None
                inputs = replace(whole, contenders=(), sample=sample)
                self._search(engine, server, inputs, reference, beside and REFERENCE.name in self.results)

    def comparison(self) -> ComparisonResult | None:
        """The engines side by side; None where there is nothing to compare."""
        others = {name: outcome for name, outcome in self.outcomes.items() if outcome.beside is not None}
        if not others or REFERENCE.name not in self.results:
            return None
        return compared(self.inputs.workload, self.results, others, REFERENCE.name, self._gives_up())

    def _search(
        self,
        engine: Engine,
        server: Server,
        inputs: Inputs,
        reference: Finalist | None = None,
        beside: bool = False,
    ) -> None:
        result, outcome = search_engine(engine, server, inputs, self.watch, self.clock, reference, beside)
        self.results[engine.name], self.outcomes[engine.name] = result, outcome
        winner = result.winner
        comments: dict[Index | Structure, Sequence[str]] = {
            **{one.index: words.reasons(one) for one in winner.indexes},
            **{one.structure: words.structure_reasons(one) for one in winner.structures},
        }
        script = engine.ddl(inputs.workload, inputs.schema, winner.design, comments)
        self.files[f"{engine.name}/{engine.script}"] = script
        self.files |= {f"{engine.name}/{name}": content for name, content in outcome.samples.items()}
        if result.rewritten:
            self.files[f"{engine.name}/{queries.NAME}"] = queries.queries_sql(result.rewritten)

    def _sample(self, folder: Path) -> Inputs | None:
        """Fewer rows to try structures on, completed as all rows are."""
        sample = sampled(self.inputs, SAMPLE_ROWS, self.watch)
        if sample is None or is_complete(sample.dataset, sample.schema):
            return sample
        database = self.reference.create(sample.workload, "sample", sample.schema, Design())
        database.load(sample.dataset, self.watch.step)
        whole = self._completed(sample, database, folder)
        database.drop()
        return whole

    def _completed(self, inputs: Inputs, database: Database, folder: Path) -> Inputs:
        """With the columns that only the reference computes, read back from its database."""
        return replace(inputs, dataset=completed(inputs.dataset, inputs.schema, database.rows, folder))

    def _reference_finalist(self) -> Finalist:
        """The reference's winner where it was searched, else the user's own design, loaded afresh."""
        inputs, searched = self.inputs, self.results.get(REFERENCE.name)
        design = searched.winner.design if searched else REFERENCE.given(inputs.schema)
        outcome = self.outcomes.get(REFERENCE.name)
        stage = Stage(
            REFERENCE,
            self.reference,
            inputs.workload,
            inputs.schema,
            inputs.dataset,
            outcome.statistics if outcome else {},
            self.watch,
            self.clock,
        )
        return build(stage, REFERENCE.name, design)

    def _gives_up(self) -> dict[str, tuple[str, ...]]:
        workload, schema = self.inputs.workload, self.inputs.schema
        return {
            name: ENGINES[name].gives_up(workload, schema, result.winner.design)
            for name, result in self.results.items()
        }


def _introduce(server: Server, watch: Watcher) -> None:
    identity = server.identity
    watch.note(f"{identity.server} ({identity.provider})")
    for note in identity.notes:
        watch.note(note)


def _wanted(engine: Engine, workload: Workload, request: RunRequest) -> ServerRequest:
    asked = engine.name in workload.engines
    provider = request.provider if asked else "auto"
    return ServerRequest(provider, request.dsns.get(engine.name), workload.memory_bytes)


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
