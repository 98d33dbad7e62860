"""The exact choice of an index set, where it can be exact; the best found and a plain "not proved" else.

Independent groups of candidates are solved one by one: small ones by enumerating their subsets, others by
branch and bound, from records that local search set. The limit of storage ties the groups: where their
best sets together break it, they are merged from their Pareto fronts of bytes and value, or searched as
one, with a toll on bytes that makes the bound tight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.search.choice.bounds import Bounds
from optimizer.search.choice.branch import Branching
from optimizer.search.choice.enumeration import ENUMERATED, Option, combine, options, pareto
from optimizer.search.choice.evaluation import Evaluation
from optimizer.search.choice.groups import groups
from optimizer.search.choice.local import descend
from optimizer.search.choice.problem import Problem

TUNING_ROUNDS = 20
TOLL_STEPS = 24
GLANCE = 3_000
"""Sets that a glance may examine from each start."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The best set and its value; `exact` where it is proved best among all subsets within the limits.

    `examined` counts the sets whose value was computed. `contenders` are the best distinct sets seen, best
    first, the chosen one among them. `feasible` is False where not even the empty set keeps the limits.
    """

    mask: int
    value: float
    exact: bool
    examined: int
    contenders: tuple[tuple[int, float], ...]
    feasible: bool = True


@dataclass(frozen=True, slots=True)
class _Solved:
    """A group's best sets, best first (the first is the best of all where it is `exact`)."""

    best: tuple[Option, ...]
    exact: bool


def choose(
    problem: Problem,
    nodes: int = 20_000,
    contenders: int = 8,
    starts: Sequence[int] = (),
    enumerated: int = ENUMERATED,
    going: Callable[[], bool] = lambda: True,
) -> Choice:
    """The best set within the limits.

    `nodes` is the budget for branch and bound, and for local search where that isn't enough. `starts` are
    sets to begin from (earlier answers); groups of at most `enumerated` candidates are enumerated. Where
    `going` says no, it ends with the best found.
    """
    if not problem.allowed(0):
        return Choice(0, float("inf"), False, 0, (), feasible=False)
    evaluation = Evaluation(problem, contenders)
    parts = groups(problem)
    fronts: list[list[Option]] = []
    solved = []
    for part in parts:
        own = Evaluation(_part_of(problem, part), contenders)
        if part.bit_count() <= enumerated:
            every = options(own, part)
            fronts.append(pareto(every))
            solved.append(_Solved(tuple(every[:contenders]), True))
        else:
            solved.append(_branch(own, part, nodes, starts, going))
        evaluation.examined += own.examined
    exact = all(part.exact for part in solved)
    best = sum(part.best[0].mask for part in solved)
    if not problem.allowed(best):
        exact = _within_storage(evaluation, parts, fronts, nodes, (best, *starts), going)
    _note_combinations(evaluation, solved)
    mask, value = evaluation.best[0]
    return Choice(mask, value, exact, evaluation.examined, evaluation.best)


def glance(problem: Problem, contenders: int, starts: Sequence[int]) -> Choice:
    """A good set by local search alone, never proved: for deciding what to measure next."""
    evaluation = Evaluation(problem, contenders)
    if not problem.allowed(0):
        return Choice(0, float("inf"), False, 0, (), feasible=False)
    evaluation.value(0)
    universe = sum(groups(problem))
    for start in dict.fromkeys((0, universe, *starts[:1])):
        descend(evaluation, start, universe, GLANCE)
    mask, value = evaluation.best[0]
    return Choice(mask, value, False, evaluation.examined, evaluation.best)


def _part_of(problem: Problem, part: int) -> Problem:
    """The problem of one group, without the limit of storage."""
    queries = [query for query in problem.queries if query.relevant & part]
    return replace(problem, queries=queries, storage_bytes=None, base_cost=0.0)


def _branch(
    evaluation: Evaluation, part: int, nodes: int, starts: Sequence[int], going: Callable[[], bool]
) -> _Solved:
    bounds = Bounds(evaluation.problem, part)
    bounds.tune(part, TUNING_ROUNDS)
    exact = _search(evaluation, bounds, part, nodes, [start & part for start in starts], going)
    size = evaluation.problem.size
    return _Solved(tuple(Option(value, size(mask), mask) for mask, value in evaluation.best), exact)


def _search(
    evaluation: Evaluation,
    bounds: Bounds,
    part: int,
    nodes: int,
    starts: Sequence[int],
    going: Callable[[], bool],
) -> bool:
    """Set records by local search, then branch and bound; whether the record is proved."""
    for start in dict.fromkeys([bounds.over(0, part).wanted, 0, *starts]):
        descend(evaluation, start, part, nodes, going)
    branching = Branching(evaluation, bounds, nodes, going)
    branching.run(0, part)
    if not branching.complete:
        for mask, _ in evaluation.best:
            descend(evaluation, mask, part, nodes, going)
    return branching.complete


def _within_storage(
    evaluation: Evaluation,
    parts: Sequence[int],
    fronts: Sequence[Sequence[Option]],
    nodes: int,
    starts: Sequence[int],
    going: Callable[[], bool],
) -> bool:
    """Solve all groups together under the limit of storage; whether the record is proved."""
    problem = evaluation.problem
    if len(fronts) == len(parts):
        for option in combine(fronts, (problem.storage_bytes or 0) - problem.base_bytes):
            evaluation.value(option.mask)
        return True
    universe = sum(parts)
    bounds = Bounds(problem, universe, _toll(problem, universe))
    bounds.tune(universe, TUNING_ROUNDS)
    return _search(evaluation, bounds, universe, nodes, starts, going)


def _toll(problem: Problem, universe: int) -> float:
    """The price per byte with the highest bound over all sets (a concave function of the toll)."""
    low, high = 0.0, 2 * Bounds(problem, universe).over(0, 0).value / max(1, *problem.bytes)

    def bound(toll: float) -> float:
        return Bounds(problem, universe, toll).over(0, universe).value

    for _ in range(TOLL_STEPS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if bound(left) < bound(right):
            low = left
        else:
            high = right
    return (low + high) / 2


def _note_combinations(evaluation: Evaluation, solved: Sequence[_Solved]) -> None:
    """Evaluate the groups' best sets together, and with each group's next best ones."""
    best = sum(part.best[0].mask for part in solved)
    evaluation.value(best)
    for part in solved:
        for option in part.best[1:]:
            evaluation.value(best ^ part.best[0].mask ^ option.mask)
