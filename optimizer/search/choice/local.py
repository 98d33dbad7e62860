"""Local search: from a set to a neighbour that is better, until there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from optimizer.search.choice.evaluation import Evaluation
from optimizer.search.masks import single_bits


def descend(
    evaluation: Evaluation,
    start: int,
    universe: int,
    most: int,
    going: Callable[[], bool] = lambda: True,
) -> int:
    """The best set reached by adding, dropping and swapping candidates of `universe`, steepest first.

    Swaps are tried only where no single change helps. At most about `most` new sets are examined; a start
    beyond the limits loses candidates until it keeps them. Where `going` says no, it ends with
    the best so far.
    """
    current = _shrink(evaluation, start)
    last = evaluation.examined + most

    def spent() -> bool:
        return evaluation.examined >= last or not going()

    while not spent():
        better = _best(evaluation, current, _flips(current, universe), lambda: False)
        if better == current:
            better = _best(evaluation, current, _swaps(current, universe), spent)
        if better == current:
            break
        current = better
    return current


def _best(evaluation: Evaluation, current: int, neighbours: Iterator[int], spent: Callable[[], bool]) -> int:
    problem, best = evaluation.problem, current
    for mask in neighbours:
        if spent():
            break
        if problem.allowed(mask) and _key(evaluation, mask) < _key(evaluation, best):
            best = mask
    return best


def _key(evaluation: Evaluation, mask: int) -> tuple[float, int]:
    return evaluation.value(mask), mask.bit_count()


def _flips(mask: int, universe: int) -> Iterator[int]:
    for bit in single_bits(universe):
        yield mask ^ bit


def _swaps(mask: int, universe: int) -> Iterator[int]:
    for shown in single_bits(mask & universe):
        for hidden in single_bits(universe & ~mask):
            yield mask ^ shown ^ hidden


def _shrink(evaluation: Evaluation, mask: int) -> int:
    """Without the candidates that are missed least, one after the other, until all limits are kept."""
    while mask and not evaluation.problem.allowed(mask):
        mask ^= min(single_bits(mask), key=lambda bit: evaluation.value(mask ^ bit))
    return mask
