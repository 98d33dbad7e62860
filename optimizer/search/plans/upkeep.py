"""What each index adds to each write, measured: alone against none, side by side, rolled back."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.search.masks import members
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo

ROUNDS = 7
EXECUTIONS = 8
SLICE_MS = 200.0
TIMEOUT_MS = 10_000.0


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
    searching: Callable[[], bool] = lambda: True,
    timeout_ms: float = TIMEOUT_MS,
) -> Upkeep:
    """The upkeep of every candidate on the tables that a write changes.

    `writes` has each write with the set of candidates on its tables. What the memo knows isn't measured
    again. A difference below zero is noise, or the write gained: then the index costs nothing here. A write
    that doesn't end within `timeout_ms` without an index tells nothing, and what isn't measured when
    `searching` says no counts nothing and isn't kept.
    """
    return Upkeep(
        {
            name: _of_write(_Meter(board, query, bindings[name], seed, searching, timeout_ms), memo, mask)
            for name, (query, mask) in writes.items()
        }
    )


@dataclass(frozen=True, slots=True)
class _Meter:
    """Measures one write."""

    board: Switchboard
    query: Query
    bindings: Sequence[Binding]
    seed: int
    searching: Callable[[], bool]
    timeout_ms: float

    def differences(self, numbers: Sequence[int]) -> dict[int, float]:
        """Milliseconds that each candidate adds; empty where there was no time."""
        draw = random.Random(f"{self.seed}/{self.query.name}")
        states = [0, *(1 << number for number in numbers)]
        series: dict[int, list[float]] = {state: [] for state in states}
        for _ in range(ROUNDS):
            chosen = draw.choices(self.bindings, k=EXECUTIONS)
            for state in draw.sample(states, len(states)):
                if not self.searching():
                    return _medians(series, numbers)
                series[state].append(self._median(chosen, state))
                if math.isinf(series[state][-1]):
                    return dict.fromkeys(numbers, 0.0)
        return _medians(series, numbers)

    def _median(self, bindings: Sequence[Binding], state: int) -> float:
        """Of as many executions as fit `SLICE_MS`; infinite where the first one is stopped."""
        self.board.show(state)
        if self._time(bindings[0]).status is Status.TIMED_OUT:
            return math.inf
        times: list[Execution] = []
        for binding in bindings:
            times.append(self._time(binding))
            if sum(execution.ms for execution in times) > SLICE_MS:
                break
        good = [execution.ms for execution in times if execution.status is Status.OK]
        return statistics.median(good) if good else 0.0

    def _time(self, binding: Binding) -> Execution:
        return self.board.session.time(self.query, binding, timeout_ms=self.timeout_ms)


def _of_write(meter: _Meter, memo: Memo, mask: int) -> dict[int, float]:
    name, numbers = meter.query.name, members(mask)
    names = {number: meter.board.candidates[number].name for number in numbers}
    missing = [number for number in numbers if memo.cost(name, names[number]) is None]
    if missing:
        for number, ms in meter.differences(missing).items():
            memo.keep_cost(name, names[number], ms)
    return {number: max(0.0, memo.cost(name, names[number]) or 0.0) for number in numbers}


def _medians(series: Mapping[int, Sequence[float]], numbers: Sequence[int]) -> dict[int, float]:
    """Over the rounds that are complete."""
    return {
        number: statistics.median(
            alone - none for alone, none in zip(series[1 << number], series[0], strict=False)
        )
        for number in numbers
        if series[1 << number] and series[0]
    }
