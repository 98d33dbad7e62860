"""A query whose plan changes with the ANALYZE sample is named, with its medians under both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.engines.values import LoadReport
from optimizer.model.design import Design
from optimizer.model.measurement import Execution
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query
from optimizer.model.result import Unstable
from optimizer.search.finals.stability import SAMPLES, unstable
from optimizer.search.finals.staging import Finalist
from optimizer.watch import Watcher
from tests.made_up_session import MadeUpSession, always
from tests.queries_by_hand import bind, query
from tests.search.made_up_board import Shelf

STEADY, FLIPS = query("steady", "SELECT 1"), query("flips", "SELECT 2")
BINDINGS = {"steady": [bind(n=1)], "flips": [bind(n=1), bind(n=2)]}
USUAL = "the usual statistics"


@dataclass
class Samples(Shelf):
    """Counts the samples taken since the usual statistics were set."""

    sample: int = 0

    def resample_statistics(self) -> None:
        self.sample += 1

    def restore_statistics(self, statistics: Any) -> None:
        assert statistics == USUAL
        self.sample = 0


@dataclass
class Planned(MadeUpSession):
    """The second binding of `flips` gets another, slower plan under the sample `unlucky`."""

    samples: Samples | None = None
    unlucky: int = 2

    def plan(self, query: Query, binding: Binding) -> Plan:
        return Plan("(Seq Scan)" if self._slow(query, binding) else "(Index Scan)", frozenset())

    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        assert not keep
        return Execution(90.0 if self._slow(query, binding) else 2.0)

    def _slow(self, query: Query, binding: Binding) -> bool:
        assert self.samples is not None
        second = query.name == "flips" and binding.value("n") == 2
        return second and self.samples.sample == self.unlucky


def judged(unlucky: int) -> tuple[tuple[Unstable, ...], int]:
    """What is unstable, and which sample is in force at the end."""
    shelf = Samples()
    session = Planned(always(2.0), samples=shelf, unlucky=unlucky)
    champion = Finalist("one", Design(), shelf, session, {}, LoadReport((), 0, 0.0))
    found = unstable(champion, [STEADY, FLIPS], BINDINGS, USUAL, Watcher())
    return found, shelf.sample


def test_a_query_whose_plan_flips_is_named_with_both_medians() -> None:
    (found,), _ = judged(unlucky=2)
    assert (found.query, found.samples, found.changed) == ("flips", SAMPLES, 1)
    assert found.usual_ms == 2.0
    assert found.other_ms > 2.0


def test_plans_that_stay_are_no_news() -> None:
    assert judged(unlucky=SAMPLES + 1)[0] == ()


def test_the_usual_statistics_are_put_back() -> None:
    assert judged(unlucky=2)[1] == 0
