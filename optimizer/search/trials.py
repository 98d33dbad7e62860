"""The study around the exact step: known designs are tried, the sampler goes on where nothing is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from optimizer.search.choice.accounting import designs_accounted
from optimizer.search.choice.choose import Choice
from optimizer.search.choice.problem import Problem
from optimizer.search.index_search import IndexSearch
from optimizer.search.masks import members
from optimizer.search.study import Proposal, Study, TrialRow

PATIENCE = 60
"""Sampled trials without a better design after which the search ends."""


@dataclass(frozen=True, slots=True)
class Trials:
    """What the study holds at the end, and the best choice after it; `rows` are for trials.parquet."""

    choice: Choice
    count: int
    designs: int
    stopped_by: str
    rows: pl.DataFrame


def record_trials(
    search: IndexSearch,
    choice: Choice,
    given: int,
    folder: Path,
    most: int,
    engine: str = "",
    structures: Sequence[str] = (),
    rows: int = 0,
) -> Trials:
    """Try the designs that everyone would think of, the exact step's answers, and what the sampler says.

    `given` is the set of the user's own indexes, `most` the trials that the study may hold. The study is
    named after the `engine`, the labels of the `structures`, how many queries it is about and the rows of
    the dataset.
    """
    names = [index.name for index in search.board.candidates]
    about = f"{len(search.space.queries)} queries, {rows} rows"
    study = Study(folder, " + ".join([engine, *structures, about]), names, search.space.seed)
    study.enqueue(0, "baseline")
    study.enqueue(given, "given")
    study.enqueue(search.board.everything, "everything")
    study.enqueue(greedy(search), "greedy")
    for place, (mask, _) in enumerate(choice.contenders):
        study.enqueue(mask, "exact" if choice.exact and place == 0 else f"contender {place + 1}")
    best, stopped_by = _try(search, study, choice, most)
    frame = _frame(study.rows(), search, engine, structures, rows)
    return Trials(best, frame.height, designs_accounted(search.problem(), best.mask), stopped_by, frame)


def write_trials(frames: Sequence[pl.DataFrame], path: Path) -> None:
    """Write trials.parquet whole; rows of other engines that are there already stay."""
    rows = pl.concat(frames)
    if path.exists():
        earlier = pl.read_parquet(path)
        rows = pl.concat([earlier.filter(~pl.col("engine").is_in(rows["engine"].unique().to_list())), rows])
    temporary = path.with_name(f".{path.name}")
    rows.write_parquet(temporary)
    temporary.replace(path)


def greedy(search: IndexSearch) -> int:
    """The union of what each query alone would choose, among the sets that its plans use."""
    problem = search.problem()
    union = 0
    for number, query in enumerate(search.space.queries):
        used = {node.plan.used for tree in search.plans[query.name].trees for node in tree.nodes}
        union |= min(sorted(used), key=lambda mask: _alone(problem, number, mask), default=0)
    return union


def _alone(problem: Problem, number: int, mask: int) -> float:
    storage = sum(problem.storage_cost[i] for i in members(mask))
    return problem.queries[number].cost(mask) + storage


def _try(search: IndexSearch, study: Study, choice: Choice, most: int) -> tuple[Choice, str]:
    best, idle = choice, 0
    while study.waiting or (not best.exact and idle < PATIENCE):
        if len(study.rows()) >= most:
            return best, "the limit of trials"
        if not search.clock.searching and not study.waiting:
            return best, "the user" if search.clock.stopped else "the time"
        better = _trial(search, study, study.propose(), best)
        idle = 0 if better is not best or study.waiting else idle + 1
        best = better
    if best.exact:
        return best, "exhausted: nothing can be better"
    return best, f"no better design among the last {PATIENCE} trials"


def _trial(search: IndexSearch, study: Study, proposal: Proposal, best: Choice) -> Choice:
    value, measured = search.evaluate(proposal.mask)
    problem = search.problem()
    reason = "" if measured else "beaten: some of its plans were stopped, the score is a lower bound"
    study.record(proposal, value, _broken(problem, proposal.mask, measured), reason)
    search.watch.step(f"trial {proposal.number}: {proposal.label}")
    if measured and value < best.value and problem.allowed(proposal.mask):
        contenders = ((proposal.mask, value), *best.contenders)
        return replace(best, mask=proposal.mask, value=value, contenders=contenders)
    return best


def _broken(problem: Problem, mask: int, measured: bool) -> dict[str, float]:
    """By how much each hard limit is exceeded; a stopped plan is a limit too, so that it never wins."""
    broken = {"stopped": 0.0 if measured else 1.0}
    if problem.storage_bytes is not None:
        broken["storage"] = float(problem.base_bytes + problem.size(mask) - problem.storage_bytes)
    if problem.room:
        broken["indexes_per_table"] = 0.0 if problem.has_room(mask) else 1.0
    return broken


def _frame(
    rows: Sequence[TrialRow], search: IndexSearch, engine: str, structures: Sequence[str], data: int
) -> pl.DataFrame:
    problem = search.problem()
    return pl.DataFrame(
        {
            "engine": [engine] * len(rows),
            "structures": [list(structures)] * len(rows),
            "rows": [data] * len(rows),
            "number": [row.number for row in rows],
            "label": [row.label for row in rows],
            "state": [row.state for row in rows],
            "score": [row.value for row in rows],
            "indexes": [
                [search.board.candidates[number].name for number in members(row.mask)] for row in rows
            ],
            "bytes": [problem.base_bytes + problem.size(row.mask) for row in rows],
            "reason": [row.reason for row in rows],
            "seconds": [row.seconds for row in rows],
        },
        schema_overrides={
            "score": pl.Float64,
            "seconds": pl.Float64,
            "indexes": pl.List(pl.String),
            "structures": pl.List(pl.String),
        },
    )
