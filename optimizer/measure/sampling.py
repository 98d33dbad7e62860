"""Measuring one query under one set of shown indexes, as the search needs it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from optimizer.engines.base import Session
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: at least `least` rounds over the bindings, then on until `most` or `seconds`."""

    least: int = 3
    most: int = 9
    seconds: float = 0.25


def sample(
    session: Session,
    query: Query,
    bindings: Sequence[tuple[int, Binding]],
    timeouts_ms: Mapping[int, float],
    effort: Effort,
    seed: int,
    vain_ms: float = math.inf,
) -> dict[int, tuple[Execution, ...]]:
    """The executions of each binding, by its number; a first round warms up and isn't kept.

    Rounds run over all bindings in a new random order, so that drift falls on all alike. A binding that
    timed out or failed isn't run again: its one execution says how long it ran. `timeouts_ms` has the
    timeout of each binding (0: none). When the first round has spent `vain_ms` on bindings that timed out,
    those not yet run are left out of the answer.
    """
    order = random.Random(seed)
    kept: dict[int, list[Execution]] = {number: [] for number, _ in bindings}
    running = dict(bindings)
    spent_in_vain = 0.0
    started = perf_counter()
    for round_number in range(effort.most + 1):
        if not running or (round_number > effort.least and perf_counter() - started > effort.seconds):
            break
        for number in order.sample(sorted(running), len(running)):
            if round_number == 0 and spent_in_vain >= vain_ms:
                del running[number], kept[number]
                continue
            execution = session.time(query, running[number], timeout_ms=timeouts_ms.get(number, 0))
            if execution.status is not Status.OK:
                kept[number] = [execution]
                del running[number]
                spent_in_vain += execution.ms if execution.status is Status.TIMED_OUT else 0.0
            elif round_number > 0:
                kept[number].append(execution)
    return {number: tuple(executions) for number, executions in kept.items()}
