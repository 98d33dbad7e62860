"""What indexes add to writes on an engine that maintains hidden ones: with none built, and with all.

There hiding an index doesn't spare a write its upkeep, so that it can't be measured one index at a time.
Each write is measured before any candidate is built, and again with all of them; the difference is shared
out evenly over the indexes that it maintains. The finals measure the chosen ones alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from optimizer.engines.base import Session
from optimizer.measure.sampling import Effort, sample
from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from optimizer.search.plans.memo import Memo, PlanKey

EFFORT = Effort(least=5, most=15, seconds=0.5)


@dataclass
class BareWrites:
    """The writes of a structure, measured on a session of its database without candidates."""

    queries: Sequence[Query]
    bindings: Mapping[str, Sequence[Binding]]
    memo: Memo
    seed: int
    timeout_ms: float
    bare_ms: dict[str, float] = field(default_factory=dict)

    def measure(self, session: Session) -> None:
        """Measure each write, and keep it as the latency of the plan that it has now."""
        for query in self.queries:
            bindings = self.bindings[query.name]
            plans = [session.plan(query, binding).fingerprint for binding in bindings]
            found = self._sample(session, query)
            self.bare_ms[query.name] = _median(found.values())
            for number, executions in found.items():
                if executions:
                    self.memo.keep_plan(PlanKey(query.name, number, plans[number]), executions)

    def share_out(self, session: Session, maintained: Mapping[str, Iterable[Index]]) -> None:
        """Measure each write with all indexes, and keep what each of those it maintains adds."""
        for query in self.queries:
            indexes = list(maintained.get(query.name, ()))
            missing = [index for index in indexes if self.memo.cost(query.name, index.name) is None]
            if missing and query.name in self.bare_ms:
                whole = _median(self._sample(session, query).values())
                each = max(0.0, whole - self.bare_ms[query.name]) / len(indexes)
                for index in missing:
                    self.memo.keep_cost(query.name, index.name, each)

    def _sample(self, session: Session, query: Query) -> dict[int, tuple[Execution, ...]]:
        bindings = list(enumerate(self.bindings[query.name]))
        timeouts = dict.fromkeys(range(len(bindings)), self.timeout_ms)
        return sample(session, query, bindings, timeouts, EFFORT, self.seed, self.timeout_ms)


def _median(found: Iterable[Sequence[Execution]]) -> float:
    good = [e.ms for executions in found for e in executions if e.status is Status.OK]
    return statistics.median(good) if good else 0.0
