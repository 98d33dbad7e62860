"""Independent groups of candidates: what is chosen in one makes no difference to another."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.search.choice.problem import Problem
from optimizer.search.masks import mask_of


def groups(problem: Problem) -> tuple[int, ...]:
    """The connected components of candidates that a query or a table's limit ties, smallest first.

    Candidates that make no difference to any query are in none.
    """
    ties = [query.relevant for query in problem.queries]
    mattering = 0
    for tie in ties:
        mattering |= tie
    return tuple(sorted(_merge([*ties, *_crowded(problem, mattering)]), key=int.bit_count))


def _crowded(problem: Problem, mattering: int) -> Iterable[int]:
    """The candidates of each table that has more of them than it may."""
    for table, room in problem.room.items():
        there = mask_of(i for i in range(problem.n) if problem.table_of[i] == table) & mattering
        if there.bit_count() > room:
            yield there


def _merge(ties: Iterable[int]) -> list[int]:
    components: list[int] = []
    for tie in ties:
        if not tie:
            continue
        touching = [component for component in components if component & tie]
        components = [component for component in components if not component & tie]
        for component in touching:
            tie |= component
        components.append(tie)
    return components
