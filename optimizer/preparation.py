"""What must be ready before any engine is searched: the file checked, the rows made, the values drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from optimizer.dataset.bindings.draw import draw, special
from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making.build import build
from optimizer.dataset.making.cache import default_cache
from optimizer.dataset.making.head import head
from optimizer.dataset.planning.plan import plan
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.engines.base import Database, ReferenceServer
from optimizer.engines.engine import Engine
from optimizer.errors import WorkloadError
from optimizer.model.design import Design
from optimizer.model.query import Binding, SourceText
from optimizer.model.schema import Schema
from optimizer.model.workload import Workload
from optimizer.queries.problems import problems as query_problems
from optimizer.queries.writes import is_write
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.run import FINAL, FINAL_ROUNDS
from optimizer.search.inputs import Inputs
from optimizer.watch import Clock, Watcher
from optimizer.workload.check import problems as workload_problems

SEARCHED = 12  # bindings per query and plan tree
TIMED = 60
COMPARED = 20
CROWD = 800  # fresh values for each write of the concurrent phase
CHECKED_ROWS = 200  # of each table, to see whether the schema takes them


def prepare(
    workload: Workload,
    reference: tuple[Engine, ReferenceServer],
    engines: Sequence[Engine],
    folder: Path,
    watch: Watcher,
    clock: Clock,
) -> Inputs:
    """Check everything that can be wrong, then make the rows; WorkloadError with all mistakes in one go.

    `folder` is the run's. The contenders are designs of the reference.
    """
    engine, server = reference
    empty = server.read(workload, "empty", workload.ddl)
    for note in empty.notes:
        watch.note(note)
    schema = empty.schema
    made = _checked_plan(workload, schema, empty, engines)
    empty.drop()
    contenders = _contenders(engine, server, workload, schema)
    clock.enter("generate")
    watch.phase("generate")
    dataset = build(made, default_cache(), watch.step)
    return Inputs(
        workload,
        schema,
        dataset,
        contenders,
        _searched(workload, schema, dataset),
        _sets(workload, schema, dataset),
        folder,
    )


def sampled(inputs: Inputs, rows: int, watch: Watcher) -> Inputs | None:
    """The same with about so many rows; None where it hasn't many more, or can't have as few.

    The sets of the finals stay those of all rows: a sample never gets there.
    """
    if inputs.dataset.rows <= 2 * rows:
        return None
    share = rows / inputs.dataset.rows
    volumes = tuple(
        volume if volume.rows is None else replace(volume, rows=max(1, round(volume.rows * share)))
        for volume in inputs.workload.volumes
    )
    workload = replace(inputs.workload, volumes=volumes)
    try:
        dataset = build(plan(inputs.schema, workload), default_cache(), watch.step)
    except WorkloadError:
        return None
    searched = _searched(workload, inputs.schema, dataset)
    return replace(inputs, workload=workload, dataset=dataset, searched=searched)


def _checked_plan(
    workload: Workload, schema: Schema, empty: Database, engines: Iterable[Engine]
) -> DatasetPlan:
    problems = [
        *workload_problems(workload, schema),
        *(problem for query in workload.queries for problem in query_problems(query, schema)),
        *empty.check_queries(workload.queries),
        *(problem for engine in engines for problem in engine.problems(workload, schema)),
    ]
    try:
        made = plan(schema, workload)
    except WorkloadError as error:
        raise WorkloadError(*problems, *error.problems) from error
    if problems:
        raise WorkloadError(*problems)
    refused = empty.check_sample(head(made, CHECKED_ROWS))
    if refused:
        raise WorkloadError(*refused)
    return made


def _contenders(
    engine: Engine, server: ReferenceServer, workload: Workload, schema: Schema
) -> tuple[tuple[str, Design], ...]:
    baseline = SourceText(engine.ddl(workload, schema, Design(), {}), "the baseline's DDL")
    return tuple((name, server.design_of(workload, baseline, source)) for name, source in workload.contenders)


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
