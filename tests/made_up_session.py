"""A session that stands for a clock: made-up latencies, and a note of everything it was asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from optimizer.engines.base import Session
from optimizer.model.answer import Answer
from optimizer.model.measurement import Execution
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query

Latency = Callable[[Query, Binding], Execution]


@dataclass(frozen=True, slots=True)
class Asked:
    """One execution that was asked for."""

    who: str
    query: str
    binding: Binding
    keep: bool
    timeout_ms: float


@dataclass
class MadeUpSession(Session):
    """Executions as `latency` says; `asked` may be shared with other sessions, for their common order."""

    latency: Latency
    asked: list[Asked] = field(default_factory=list)
    who: str = ""

    def prepare(self, query: Query) -> None:
        """Nothing to do."""

    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        self.asked.append(Asked(self.who, query.name, binding, keep, timeout_ms))
        return self.latency(query, binding)

    def answer(self, query: Query, binding: Binding, timeout_ms: float = 0) -> Answer:
        return Answer()

    def plan(self, query: Query, binding: Binding) -> Plan:
        return Plan("", frozenset())

    def floor_ms(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing to close."""


def always(ms: float) -> Latency:
    """The same latency for everything."""
    return lambda query, binding: Execution(ms)
