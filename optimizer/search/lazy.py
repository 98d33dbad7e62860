"""Choosing while measuring: only the plans that the best set needs are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from optimizer.search.choice import Choice, choose
from optimizer.search.problem import Problem


@dataclass(frozen=True, slots=True)
class Need:
    """A plan to measure: the query's and the binding's number, and the plan's fingerprint.

    Under the set `mask` it shows. Where `fingerprint` is None the plan itself isn't known: it must be
    explained under `mask` first.
    """

    query: int
    binding: int
    fingerprint: str | None
    mask: int


@dataclass(frozen=True, slots=True)
class LazyChoice:
    """The last choice, the rounds it took, and all that had to be measured for it.

    `choice.exact` holds with these measurements; it is False where the last choice still needs some.
    """

    choice: Choice
    rounds: int
    measured: tuple[Need, ...]


def lazy_choose(
    problem_factory: Callable[[], Problem],
    refine: Callable[[tuple[Need, ...]], bool],
    nodes: int = 20_000,
    contenders: int = 8,
) -> LazyChoice:
    """Choose with lower bounds, measure what the best set needs, choose again, until it needs nothing.

    Bounds never exceed what is measured later, so a set that is best with all its own plans measured is
    best whatever the others are. `problem_factory` gives the problem with all that is known now; `refine`
    measures the needs, and answers False to stop. Needs that come back unchanged after they were measured
    (a plan that timed out) end the loop too.
    """
    asked: dict[Need, None] = {}
    rounds, starts = 0, tuple[int, ...]()
    while True:
        rounds += 1
        problem = problem_factory()
        choice = choose(problem, nodes, contenders, starts)
        needs = unmeasured(problem, choice.mask)
        fresh = tuple(need for need in needs if need not in asked)
        if not needs:
            return LazyChoice(choice, rounds, tuple(asked))
        asked.update(dict.fromkeys(fresh))
        if not fresh or not refine(fresh):
            return LazyChoice(replace(choice, exact=False), rounds, tuple(asked))
        starts = tuple(mask for mask, _ in choice.contenders)


def unmeasured(problem: Problem, mask: int) -> tuple[Need, ...]:
    """All that isn't measured yet under the set."""
    return tuple(
        Need(number, binding, fingerprint, mask)
        for number, query in enumerate(problem.queries)
        for binding, fingerprint in query.unmeasured(mask)
    )
