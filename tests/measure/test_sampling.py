"""Rounds over the bindings: a warm-up, a new order each time, losers out."""

from __future__ import annotations

from optimizer.measure.sampling import Effort, sample
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from tests.made_up_session import MadeUpSession, always
from tests.queries_by_hand import bind, query

READ = query("read", "SELECT :n")
BINDINGS = [(number, bind(n=number)) for number in (3, 5, 8)]
PATIENT = Effort(least=4, most=4, seconds=60)


def order(session: MadeUpSession) -> list[int]:
    return [asked.binding.value("n") for asked in session.asked]


def test_a_round_warms_up_and_is_not_kept() -> None:
    session = MadeUpSession(always(1.0))
    kept = sample(session, READ, BINDINGS, {}, PATIENT, seed=1)
    assert {number: len(executions) for number, executions in kept.items()} == {3: 4, 5: 4, 8: 4}
    assert len(session.asked) == 15


def test_every_round_has_every_binding_in_an_order_of_its_own() -> None:
    session = MadeUpSession(always(1.0))
    sample(session, READ, BINDINGS, {}, Effort(9, 9, 60), seed=1)
    rounds = [order(session)[n : n + 3] for n in range(0, 30, 3)]
    assert all(sorted(one) == [3, 5, 8] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_the_same_seed_gives_the_same_order() -> None:
    orders = []
    for seed in (1, 1, 2):
        session = MadeUpSession(always(1.0))
        sample(session, READ, BINDINGS, {}, PATIENT, seed)
        orders.append(order(session))
    assert orders[0] == orders[1] != orders[2]


def test_time_that_is_up_leaves_the_least() -> None:
    kept = sample(MadeUpSession(always(1.0)), READ, BINDINGS, {}, Effort(3, 9, 0.0), seed=1)
    assert {len(executions) for executions in kept.values()} == {3}


def test_a_binding_that_was_stopped_or_failed_is_not_run_again() -> None:
    def latency(asked: Query, binding: Binding) -> Execution:
        number = binding.value("n")
        return {3: Execution(7.0, Status.TIMED_OUT), 5: Execution(0.1, Status.FAILED, "no")}.get(
            number, Execution(1.0)
        )

    session = MadeUpSession(latency)
    kept = sample(session, READ, BINDINGS, {3: 7.0, 8: 2.5}, PATIENT, seed=1)
    assert kept[3] == (Execution(7.0, Status.TIMED_OUT),)
    assert kept[5] == (Execution(0.1, Status.FAILED, "no"),)
    assert len(kept[8]) == 4
    assert sorted(order(session)) == [3, 5, *[8] * 5]
    assert {asked.binding.value("n"): asked.timeout_ms for asked in session.asked} == {3: 7.0, 5: 0, 8: 2.5}
    assert not any(asked.keep for asked in session.asked)


def test_one_that_is_stopped_after_good_rounds_counts_as_stopped() -> None:
    latencies = iter([Execution(1.0), Execution(1.0), Execution(9.0, Status.TIMED_OUT)])
    session = MadeUpSession(lambda asked, binding: next(latencies))
    assert sample(session, READ, BINDINGS[:1], {}, PATIENT, seed=1) == {
        3: (Execution(9.0, Status.TIMED_OUT),)
    }
