"""Small groups of candidates: all their subsets at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.search.choice.evaluation import Evaluation
from optimizer.search.masks import single_bits, spread

ENUMERATED = 14
"""Groups of at most so many candidates are enumerated."""


@dataclass(frozen=True, slots=True)
class Option:
    """One way to choose in a group: its part of the value, its bytes, and the set."""

    value: float
    bytes: int
    mask: int


def options(evaluation: Evaluation, group: int) -> list[Option]:
    """All subsets of the group that keep the limits of tables, best first; of equals, the simpler first."""
    problem = evaluation.problem
    masks = spread(group)
    values = _sums(group, problem.storage_cost)
    for number, query in enumerate(problem.queries):
        if query.relevant & group:
            values = values + _costs(evaluation, number, group)
    sizes = _sums(group, problem.bytes)
    order = sorted(range(len(masks)), key=lambda k: (values[k], masks[k].bit_count(), sizes[k]))
    evaluation.examined += len(masks)
    return [Option(float(values[k]), int(sizes[k]), masks[k]) for k in order if problem.has_room(masks[k])]


def pareto(choices: Sequence[Option]) -> list[Option]:
    """Those than which no other is both better and no larger; `choices` are best first."""
    front: list[Option] = []
    for option in choices:
        if not front or option.bytes < front[-1].bytes:
            front.append(option)
    return front


def combine(fronts: Sequence[Sequence[Option]], most_bytes: int) -> list[Option]:
    """The Pareto front of all sums, one option of each front, within the bytes; best first."""
    joint = [Option(0.0, 0, 0)]
    for front in fronts:
        sums = [
            Option(a.value + b.value, a.bytes + b.bytes, a.mask | b.mask)
            for a in joint
            for b in front
            if a.bytes + b.bytes <= most_bytes
        ]
        joint = pareto(sorted(sums, key=lambda option: (option.value, option.mask.bit_count(), option.bytes)))
    return joint


def _sums(group: int, figures: Sequence[float]) -> NDArray[np.float64]:
    """The figures' sum for each subset, in the order of `spread`."""
    sums = np.zeros(1)
    for bit in single_bits(group):
        sums = np.concatenate([sums, sums + figures[bit.bit_length() - 1]])
    return sums


def _costs(evaluation: Evaluation, query: int, group: int) -> NDArray[np.float64]:
    """The query's cost for each subset of the group, computed for its own part of the group only."""
    relevant = evaluation.problem.queries[query].relevant & group
    own = np.array([evaluation.cost(query, mask) for mask in spread(relevant)])
    position, positions = 1, np.zeros(1, dtype=np.int64)
    for bit in single_bits(group):
        step = position if bit & relevant else 0
        positions = np.concatenate([positions, positions + step])
        position <<= bool(step)
    costs: NDArray[np.float64] = own[positions]
    return costs
