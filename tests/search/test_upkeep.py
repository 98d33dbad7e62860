"""What an index adds to a write is the difference to none, median of rounds, measured once."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.model.measurement import Execution, Status
from optimizer.search.plans.memo import Memo
from optimizer.search.plans.upkeep import EXECUTIONS, ROUNDS, measure_upkeep
from tests.made_up_session import MadeUpSession
from tests.queries_by_hand import bind, query
from tests.search.made_up_board import made_up_board

WRITE = query("write", "INSERT INTO t VALUES (:n)")
BINDINGS = {"write": [bind(n=n) for n in range(20)]}
ADDED = {"a": 0.5, "b": -0.25, "c": 0.125}


def cost(name: str, shown: frozenset[str]) -> Execution:
    return Execution(2.0 + sum(ADDED[index] for index in shown))


def test_each_index_is_measured_alone_against_none(tmp_path: Path) -> None:
    board, memo = made_up_board(cost), Memo(tmp_path / "memo")
    upkeep = measure_upkeep(board, memo, {"write": (WRITE, 0b111)}, BINDINGS, seed=1)
    assert upkeep.by_query == {"write": {0: 0.5, 1: 0.0, 2: 0.125}}
    assert memo.cost("write", "b") == -0.25, "what was measured is kept as it was"
    memo.close()


def test_only_candidates_on_the_writes_tables_are_measured(tmp_path: Path) -> None:
    board, memo = made_up_board(cost), Memo(tmp_path / "memo")
    upkeep = measure_upkeep(board, memo, {"write": (WRITE, 0b100)}, BINDINGS, seed=1)
    assert set(upkeep.by_query["write"]) == {2}
    assert memo.cost("write", "a") is None
    memo.close()


def test_what_the_memo_knows_is_not_measured_again(tmp_path: Path) -> None:
    board, memo = made_up_board(cost), Memo(tmp_path / "memo")
    measure_upkeep(board, memo, {"write": (WRITE, 0b001)}, BINDINGS, seed=1)
    session = board.session
    assert isinstance(session, MadeUpSession)
    before = len(session.asked)
    again = measure_upkeep(board, memo, {"write": (WRITE, 0b001)}, BINDINGS, seed=1)
    assert again.by_query == {"write": {0: 0.5}}
    assert len(session.asked) == before == ROUNDS * 2 * (EXECUTIONS + 1)
    memo.close()


def test_nothing_is_kept_and_every_state_runs_the_same_bindings(tmp_path: Path) -> None:
    board, memo = made_up_board(cost), Memo(tmp_path / "memo")
    measure_upkeep(board, memo, {"write": (WRITE, 0b001)}, BINDINGS, seed=1)
    session = board.session
    assert isinstance(session, MadeUpSession)
    assert not any(asked.keep for asked in session.asked)
    runs = [session.asked[n : n + EXECUTIONS + 1] for n in range(0, len(session.asked), EXECUTIONS + 1)]
    for first, second in zip(runs[::2], runs[1::2], strict=True):
        assert [asked.binding for asked in first] == [asked.binding for asked in second]
    memo.close()


@pytest.mark.parametrize("status", [Status.FAILED, Status.TIMED_OUT])
def test_a_write_that_always_fails_costs_nothing(tmp_path: Path, status: Status) -> None:
    board, memo = made_up_board(lambda name, shown: Execution(1.0, status)), Memo(tmp_path / "memo")
    upkeep = measure_upkeep(board, memo, {"write": (WRITE, 0b111)}, BINDINGS, seed=1)
    assert upkeep.by_query == {"write": {0: 0.0, 1: 0.0, 2: 0.0}}
    memo.close()
