"""What something does to a statement, by the rounds without it and with it."""

from __future__ import annotations

import pytest

from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import FAILED_MS, Execution, Status
from optimizer.search.finals.effects import effect, reason
from tests.queries_by_hand import query

READ = query("read", "SELECT 1")
FAST = (Execution(1.0),) * 4
FAILED = Execution(0.5, Status.FAILED, "no")
STOPPED = Execution(5_000.0, Status.TIMED_OUT)


def measured(*without: tuple[Execution, ...]) -> Rounds:
    """Rounds in which the read was always fast with it."""
    rounds = Rounds()
    for executions in without:
        rounds.add(("without", "read"), executions)
        rounds.add(("with", "read"), FAST)
    return rounds


def test_the_figures_are_means_over_the_values_that_both_have() -> None:
    """The last value is slow: a slice that it ends is compared with as much of the other."""
    found = effect(measured(*[(Execution(2.0), Execution(40.0))] * 7), "read", "without", "with")
    assert (found.without_ms, found.with_ms, found.sure) == (21.0, 1.0, True)


@pytest.mark.parametrize(("failures", "impossible"), [(0, False), (1, False), (3, False), (4, True)])
def test_a_failure_now_and_then_makes_nothing_impossible(failures: int, impossible: bool) -> None:
    rounds = measured(*[(Execution(2.0),)] * (7 - failures), *[(FAILED,)] * failures)
    found = effect(rounds, "read", "without", "with")
    assert found.impossible is impossible
    assert (found.without_ms == FAILED_MS) is impossible


@pytest.mark.parametrize(("stops", "bound"), [(1, False), (4, True)])
def test_a_lower_bound_is_what_the_middle_round_has(stops: int, bound: bool) -> None:
    rounds = measured(*[(Execution(2.0),)] * (7 - stops), *[(STOPPED,)] * stops)
    assert effect(rounds, "read", "without", "with").stopped is bound


def test_what_makes_no_difference_is_no_reason() -> None:
    assert reason(measured(*[FAST] * 7), READ, "without", "with") is None
