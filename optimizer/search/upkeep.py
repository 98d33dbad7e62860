"""What each index adds to each write, measured: alone against none, side by side, rolled back."""

from __future__ import annotations

import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.model.measurement import Status
from optimizer.model.query import Binding, Query
from optimizer.search.mapping import Switchboard
from optimizer.search.masks import members
from optimizer.search.memo import Memo

ROUNDS = 7
EXECUTIONS = 8


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Milliseconds that each candidate (by number) adds to an execution of each write (by name)."""

    by_query: Mapping[str, Mapping[int, float]]


def measure_upkeep(
    board: Switchboard,
    memo: Memo,
    writes: Mapping[str, tuple[Query, int]],
    bindings: Mapping[str, Sequence[Binding]],
    seed: int,
) -> Upkeep:
    """The upkeep of every candidate on the tables that a write changes.

    `writes` has each write with the set of candidates on its tables. What the memo knows isn't measured
    again. A difference below zero is noise, or the write gained: then the index costs nothing here.
    """
    return Upkeep(
        {
            name: _of_write(board, memo, query, mask, bindings[name], seed)
            for name, (query, mask) in writes.items()
        }
    )


def _of_write(
    board: Switchboard, memo: Memo, query: Query, mask: int, bindings: Sequence[Binding], seed: int
) -> dict[int, float]:
    numbers = members(mask)
    names = {number: board.candidates[number].name for number in numbers}
    missing = [number for number in numbers if memo.cost(query.name, names[number]) is None]
    if missing:
        for number, ms in _measure(board, query, missing, bindings, seed).items():
            memo.keep_cost(query.name, names[number], ms)
    return {number: max(0.0, memo.cost(query.name, names[number]) or 0.0) for number in numbers}


def _measure(
    board: Switchboard, query: Query, numbers: Sequence[int], bindings: Sequence[Binding], seed: int
) -> dict[int, float]:
    draw = random.Random(f"{seed}/{query.name}")
    states = [0, *(1 << number for number in numbers)]
    series: dict[int, list[float]] = {state: [] for state in states}
    for _ in range(ROUNDS):
        chosen = draw.choices(bindings, k=EXECUTIONS)
        for state in draw.sample(states, len(states)):
            series[state].append(_median(board, query, chosen, state))
    return {
        number: statistics.median(
            alone - none for alone, none in zip(series[1 << number], series[0], strict=True)
        )
        for number in numbers
    }


def _median(board: Switchboard, query: Query, bindings: Sequence[Binding], state: int) -> float:
    board.show(state)
    board.session.time(query, bindings[0])
    times = [board.session.time(query, binding) for binding in bindings]
    good = [execution.ms for execution in times if execution.status is Status.OK]
    return statistics.median(good) if good else 0.0
