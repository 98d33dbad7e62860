"""What was measured is there again, also after a killed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.model.measurement import Execution, Status
from optimizer.search.plans.memo import Memo, PlanKey

KEY = PlanKey("order_history", 3, '(Index Scan "Orders\u2028x\x85" ünï)\n(Seq Scan t)')
EXECUTIONS = (Execution(1.25), Execution(400.0, Status.TIMED_OUT), Execution(0.5, Status.FAILED, "no"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "measurements.jsonl"


def test_measurements_come_back(path: Path) -> None:
    memo = Memo(path)
    memo.keep_plan(KEY, EXECUTIONS)
    memo.keep_cost("place_order", "orders_user_id_idx", -0.01)
    memo.close()
    again = Memo(path)
    assert [(e.ms, e.status) for e in again.plan(KEY)] == [(e.ms, e.status) for e in EXECUTIONS]
    assert again.cost("place_order", "orders_user_id_idx") == -0.01
    assert (memo.again, again.again) == (0, 2)
    again.close()


def test_a_measurement_is_in_the_file_as_soon_as_it_exists(path: Path) -> None:
    memo = Memo(path)
    memo.keep_plan(KEY, EXECUTIONS)
    other = Memo(path)
    assert len(other.plan(KEY)) == 3
    memo.close()
    other.close()


def test_a_line_that_was_cut_is_dropped_and_the_file_goes_on(path: Path) -> None:
    memo = Memo(path)
    memo.keep_plan(KEY, EXECUTIONS[:1])
    memo.keep_cost("write", "index", 0.2)
    memo.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    cut = Memo(path)
    assert cut.cost("write", "index") is None
    assert cut.plan(KEY) == EXECUTIONS[:1]
    cut.keep_cost("write", "index", 0.3)
    cut.close()
    again = Memo(path)
    assert (again.cost("write", "index"), again.again) == (0.3, 2)
    again.close()


def test_a_character_that_was_cut_in_two_is_dropped_too(path: Path) -> None:
    memo = Memo(path)
    memo.keep_cost("write", "index", 0.2)
    memo.keep_cost("ü", "index", 0.2)
    memo.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index("ü".encode()) + 1])
    cut = Memo(path)
    assert cut.again == 1
    cut.close()


def test_a_later_measurement_replaces_the_earlier(path: Path) -> None:
    memo = Memo(path)
    memo.keep_plan(KEY, EXECUTIONS[1:2])
    memo.keep_plan(KEY, EXECUTIONS[:1])
    assert memo.plan(KEY) == EXECUTIONS[:1]
    memo.close()
    again = Memo(path)
    assert again.plan(KEY) == EXECUTIONS[:1]
    again.close()


def test_plans_are_counted_by_query_and_fingerprint(path: Path) -> None:
    memo = Memo(path)
    for key in (PlanKey("a", 0, "p"), PlanKey("a", 1, "p"), PlanKey("a", 0, "q"), PlanKey("b", 0, "p")):
        memo.keep_plan(key, EXECUTIONS[:1])
    assert memo.measured == 3
    assert memo.plan(PlanKey("b", 1, "p")) == ()
    memo.close()


def test_what_was_measured_side_by_side_is_known_again(tmp_path: Path) -> None:
    memo = Memo(tmp_path / "memo.jsonl")
    memo.keep_compared("history", "abc")
    memo.close()
    again = Memo(tmp_path / "memo.jsonl")
    assert again.compared("history", "abc")
    assert not again.compared("history", "abd")
    assert not again.compared("login", "abc")
    again.close()
