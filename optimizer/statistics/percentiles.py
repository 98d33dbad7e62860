"""Executions to a latency distribution, and to a verdict on a target."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from optimizer.model.measurement import Execution, Latency, Status
from optimizer.model.query import Target
from optimizer.statistics.binomial import allowed_exceedances, interval_ranks


def nearest_rank(ordered: Sequence[float], percentile: float) -> float:
    """The smallest sample that at least `percentile` percent of the samples don't exceed.

    `ordered` ascends and isn't empty.
    """
    return ordered[max(0, ceil(len(ordered) * percentile / 100 - 1e-9) - 1)]


def latency(executions: Sequence[Execution], percentile: float) -> Latency | None:
    """The distribution of these executions; failed ones are counted and left out, None where all failed.

    An execution that timed out takes part with the time it ran, which is a lower bound.
    """
    kept = sorted(e.ms for e in executions if e.status is not Status.FAILED)
    if not kept:
        return None
    low, high = interval_ranks(len(kept), percentile / 100)
    return Latency(
        p50_ms=nearest_rank(kept, 50),
        p95_ms=nearest_rank(kept, 95),
        p99_ms=nearest_rank(kept, 99),
        mean_ms=float(np.mean(kept)),
        percentile=percentile,
        at_ms=nearest_rank(kept, percentile),
        interval_ms=(kept[max(low, 1) - 1], kept[min(high, len(kept)) - 1]),
        samples=len(kept),
        censored=sum(e.status is Status.TIMED_OUT for e in executions),
        failed=sum(e.status is Status.FAILED for e in executions),
    )


def meets(executions: Sequence[Execution], target: Target) -> bool | None:
    """Whether the target is met, by the count of executions that exceed it.

    True where at 95 % confidence the percentile is within the target; False where it is beyond it at the
    same confidence, or an execution failed; None where the sample can't tell.
    """
    if any(e.status is Status.FAILED for e in executions):
        return False
    n = len(executions)
    exceeding = sum(e.ms > target.ms or e.status is Status.TIMED_OUT for e in executions)
    if n and exceeding <= allowed_exceedances(n, target.percentile):
        return True
    low, _ = interval_ranks(n, target.percentile / 100) if n else (0, 0)
    return False if low > 0 and n - exceeding < low else None
