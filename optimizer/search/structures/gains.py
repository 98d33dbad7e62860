"""What structures gain: the part that they take off what their queries cost, as it was measured where they
were tried, of what these queries cost with all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.model.query import Query
from optimizer.model.structure import Structure
from optimizer.search.structures.searched import Searched


@dataclass(frozen=True, slots=True)
class Move:
    """Structures of one family that were tried: the score's part of their queries without them, and with, on
    the rows that they were tried on.

    `gain` is how much the score's value falls with all rows, if each query's part falls by the same factor.
    `sure` is False where the two can't be told apart. `found` is the search of the structures.
    """

    structures: frozenset[Structure]
    before: float
    after: float
    gain: float
    sure: bool
    found: Searched


def costs_with_all_rows(whole: Searched, tried: Searched, times: float) -> dict[str, float]:
    """What each query costs with the baseline's tables, where all rows are `times` those that were tried.

    A search that was cut short knows only bounds, and they are high: no query is taken to grow faster than
    the rows do.
    """
    return {name: min(cost, tried.values[name] * times) for name, cost in whole.values.items()}


def move_of(
    structures: frozenset[Structure],
    queries: Sequence[Query],
    base: Searched,
    found: Searched,
    costs: Mapping[str, float],
) -> Move:
    """What the structures gain: side by side where that was measured, else by what the searches know.

    `base` is the search without them on the same rows, `costs` what each query costs with all rows.
    """
    before = {query.name: base.values[query.name] for query in queries}
    after = {query.name: found.values[query.name] for query in queries}
    pair = found.pair
    sure = pair is None or pair.sure or not pair.before.keys() >= before.keys()
    if pair is not None:
        before |= pair.before
        after |= pair.after
    gain = sum(_fall(costs[name], before[name], after[name]) for name in before)
    return Move(structures, sum(before.values()), sum(after.values()), gain, sure, found)


def _fall(cost: float, before: float, after: float) -> float:
    """How much of a cost goes where it falls as from `before` to `after`."""
    if before == after:
        return 0.0
    return cost * (1.0 - after / before) if before else -after
