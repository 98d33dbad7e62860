"""How many designs have a score that follows from measured plans."""

from __future__ import annotations

from math import prod

from optimizer.search.choice.groups import groups
from optimizer.search.choice.problem import Problem
from optimizer.search.masks import mask_of, members, spread

ENUMERATED = 12


def designs_accounted(problem: Problem, best: int) -> int:
    """At least so many of the candidates' subsets need no plan that wasn't measured.

    Groups of candidates are independent, so their counts multiply; so do candidates that make no
    difference to any query. Of a large group, only `ENUMERATED` candidates are there and not there in turn,
    first those of which the best set has one more, or one less, without a plan that wasn't measured; the
    others are as the best set has them.
    """
    parts = groups(problem)
    idle = problem.n - sum(part.bit_count() for part in parts)
    counted: int = prod(_measured_subsets(problem, part, best) for part in parts)
    return counted << idle


def _measured_subsets(problem: Problem, part: int, best: int) -> int:
    queries = [query for query in problem.queries if query.relevant & part]
    known: dict[tuple[int, int], bool] = {}

    def measured(number: int, mask: int) -> bool:
        key = (number, mask & queries[number].relevant)
        if key not in known:
            known[key] = not queries[number].unmeasured(mask)
        return known[key]

    def counts(mask: int) -> bool:
        return all(measured(number, mask) for number in range(len(queries)))

    here = best & part
    turned = sorted(members(part), key=lambda number: not counts(here ^ 1 << number))[:ENUMERATED]
    others = here & ~mask_of(turned)
    return sum(counts(others | mask) for mask in spread(mask_of(turned)))
