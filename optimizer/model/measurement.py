"""What was measured. All latencies are the client's, in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How an execution ended; a failure is a result."""

    OK = "ok"
    TIMED_OUT = "timed out"
    FAILED = "failed"


FAILED_MS = 3_600_000.0
"""What an execution that failed counts as where designs are compared: an hour."""


@dataclass(frozen=True, slots=True)
class Execution:
    """One timed execution. Of one that timed out, `ms` is how long it ran: a lower bound, no latency."""

    ms: float
    status: Status = Status.OK
    error: str = ""

    @property
    def counted_ms(self) -> float:
        """Its latency for a comparison: a failure is never fast."""
        return FAILED_MS if self.status is Status.FAILED else self.ms


@dataclass(frozen=True, slots=True)
class Latency:
    """A distribution of latencies.

    `at_ms` is the latency at the percentile `percentile`, `interval_ms` its distribution-free 95 % interval;
    `censored` counts samples that timed out (they are in `samples`, as lower bounds).
    """

    p50_ms: float
    p95_ms: float
    p99_ms: float
    mean_ms: float
    percentile: float
    at_ms: float
    interval_ms: tuple[float, float]
    samples: int
    censored: int = 0
    failed: int = 0
