"""The search of a structure over made-up plans and latencies, with time and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from optimizer.model.measurement import Execution
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query
from optimizer.model.workload import Limits
from optimizer.search.index_search import IndexSearch, IndexSpace
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo
from optimizer.watch import Clock, Watcher
from tests.made_up_session import MadeUpSession
from tests.queries_by_hand import bind, query
from tests.search.made_up_board import TABLE, A, B, Shelf

FAST, SLOW = 1.0, 80.0
BY_A, BY_B = query("by_a", "SELECT 1", share=0.5), query("by_b", "SELECT 2", share=0.5)
WANTED = {"by_a": A, "by_b": B}


@dataclass
class Planner(MadeUpSession):
    """Each query is served by one index, and scans without it."""

    shelf: Shelf = field(default_factory=Shelf)

    def plan(self, query: Query, binding: Binding) -> Plan:
        index = WANTED[query.name]
        if index in self.shelf.shown:
            return Plan(f"by {index.name}", frozenset({index}), 1.0)
        return Plan("scan", frozenset(), 1_000.0)


@contextmanager
def searching(tmp_path: Path, clock: Clock) -> Iterator[IndexSearch]:
    shelf = Shelf()

    def latency(query: Query, binding: Binding) -> Execution:
        return Execution(FAST if WANTED[query.name] in shelf.shown else SLOW)

    session = Planner(latency, shelf=shelf)
    queries = (BY_A, BY_B)
    space = IndexSpace(
        queries=queries,
        bindings={one.name: [bind()] for one in queries},
        touched={one.name: frozenset({TABLE}) for one in queries},
        written={},
        bytes={A: 1000, B: 1000},
        base_bytes=0,
        limits=Limits(),
        seed=1,
    )
    board = Switchboard(shelf, session, [A, B])
    with closing(Memo(tmp_path / "memo")) as memo:
        found = IndexSearch(board, space, memo, 0.01, Watcher(), clock)
        found.map_plans()
        yield found


def test_with_time_the_best_set_is_proved(tmp_path: Path) -> None:
    with searching(tmp_path, Clock(1000.0)) as found:
        choice = found.choose()
        assert (choice.mask, choice.exact) == (0b11, True)
        assert choice.value == pytest.approx(FAST, rel=1e-3)


def test_without_time_a_plan_that_was_not_measured_is_no_hope(tmp_path: Path) -> None:
    clock = Clock(1000.0)
    with searching(tmp_path, clock) as found:
        found.evaluate(found.board.everything)
        clock.stopped = True
        choice = found.choose()
        assert (choice.mask, choice.exact) == (0b11, False), "what is known to be fast stays"
