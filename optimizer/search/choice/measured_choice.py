"""Choosing while measuring: only plans that a good set could need are measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from optimizer.search.choice.choose import Choice, choose, glance
from optimizer.search.choice.problem import Problem


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
class MeasuredChoice:
    """The last choice and the rounds it took.

    `choice.exact` holds with the measurements made; it is False where the last choice still needs some.
    """

    choice: Choice
    rounds: int


def choose_measured(
    problem_factory: Callable[[], Problem],
    refine: Callable[[tuple[Need, ...]], bool],
    nodes: int = 20_000,
    contenders: int = 8,
    going: Callable[[], bool] = lambda: True,
) -> MeasuredChoice:
    """Choose with lower bounds, measure what the best sets need, choose again, until the best needs nothing.

    Bounds never exceed what is measured later, so a set that is best with all its own plans measured is
    best whatever the others are. Local search says what to measure next; only when its best set is measured
    is the choice proved, which costs more. `problem_factory` gives the problem with all that is known now;
    `refine` measures the needs, more patiently where it is asked again, and answers False to stop. Where
    `going` says no, nothing more is proved.
    """
    rounds, starts, proving = 0, tuple[int, ...](), False
    while True:
        rounds += 1
        problem = problem_factory()
        choice = (
            choose(problem, nodes, contenders, starts, going=going)
            if proving
            else glance(problem, contenders, starts)
        )
        starts = tuple(mask for mask, _ in choice.contenders)
        if not unmeasured(problem, choice.mask):
            if proving or not choice.feasible or not going():
                return MeasuredChoice(choice, rounds)
            proving = True
            continue
        proving = False
        if not refine(_distinct(need for mask in starts for need in unmeasured(problem, mask))):
            return MeasuredChoice(replace(choice, exact=False), rounds)


def unmeasured(problem: Problem, mask: int) -> tuple[Need, ...]:
    """All that isn't measured yet under the set."""
    return tuple(
        Need(number, binding, fingerprint, mask)
        for number, query in enumerate(problem.queries)
        for binding, fingerprint in query.unmeasured(mask)
    )


def _distinct(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Each plan once, under the first set that shows it."""
    first: dict[tuple[int, int, str | None], Need] = {}
    for need in needs:
        first.setdefault((need.query, need.binding, need.fingerprint), need)
    return tuple(first.values())
