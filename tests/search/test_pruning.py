"""What makes no measurable difference goes; what stays has its figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import pytest

from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Query
from optimizer.model.result import Effect
from optimizer.search.finals.pruning import Care, Judgement, Workbench, prune
from optimizer.search.finals.staging import Finalist
from optimizer.statistics.paired import Paired
from optimizer.watch import Watcher
from tests.made_up_session import MadeUpSession
from tests.queries_by_hand import bind, query
from tests.search.made_up_board import A, B, C, Cost, finalist

READ, WRITE = query("read", "SELECT 1", share=0.7), query("write", "INSERT", share=0.3)
BINDINGS = {"read": [bind(n=n) for n in range(5)], "write": [bind(n=n) for n in range(5)]}


def pruned(
    cost: Cost, affected: dict[Index, Sequence[Query]]
) -> tuple[Finalist, dict[Index, Judgement], set[Index]]:
    champion = finalist(cost, tuple(affected))
    upkeep = dict.fromkeys(affected, frozenset({"write"}))
    judged, gone = prune(champion, affected, upkeep, BINDINGS, Watcher(), seed=1)
    return champion, judged, set(gone)


def test_an_index_that_pays_stays_with_gains_and_costs() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        if name == "read":
            return Execution(1.0 if "a" in there else 50.0)
        return Execution(2.5 if "a" in there else 2.0)

    _, judged, gone = pruned(cost, {A: [READ, WRITE]})
    assert gone == set()
    assert judged[A].because == (Effect("read", 50.0, 1.0),)
    assert judged[A].costs == (Effect("write", 2.0, 2.5),)
    assert judged[A].ratio.ratio == pytest.approx((0.7 * 50 + 0.3 * 2) / (0.7 * 1 + 0.3 * 2.5))


def test_an_index_without_a_difference_goes_and_one_that_only_costs() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        slow = 0.0 if "a" in there else 50.0
        return Execution(1.0 + (slow if name == "read" else 0.5 * len(there)))

    _, judged, gone = pruned(cost, {A: [READ, WRITE], B: [READ], C: [WRITE]})
    assert gone == {B, C}
    assert set(judged) == {A}


def test_of_two_that_do_the_same_one_stays_and_its_gain_is_judged_again() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(1.0 if there else 40.0)

    _, judged, gone = pruned(cost, {A: [READ], B: [READ]})
    assert len(gone) == 1
    ((left, judgement),) = judged.items()
    assert left not in gone
    assert judgement.because == (Effect("read", 40.0, 1.0),)


def test_an_index_that_stayed_is_judged_again_without_those_that_went() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        without_a = 30.0 if "b" in there else 40.0
        return Execution(1.0 if "a" in there else without_a)

    _, judged, gone = pruned(cost, {A: [READ], B: [READ, WRITE]})
    assert gone == {B}
    assert judged[A].because == (Effect("read", 40.0, 1.0),)


def test_an_index_on_which_nothing_depends_goes_without_being_measured() -> None:
    champion, judged, gone = pruned(lambda name, there: Execution(1.0), {A: []})
    assert (judged, gone) == ({}, {A})
    assert isinstance(champion.session, MadeUpSession)
    assert champion.session.asked == []


def test_nothing_is_kept_while_it_is_judged() -> None:
    champion, _, _ = pruned(lambda name, there: Execution(1.0), {A: [READ, WRITE]})
    assert isinstance(champion.session, MadeUpSession)
    assert champion.session.asked
    assert not any(asked.keep for asked in champion.session.asked)


def test_an_index_without_which_a_query_is_stopped_stays() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(1.0) if "a" in there else Execution(10_000.0, Status.TIMED_OUT)

    _, judged, gone = pruned(cost, {A: [READ]})
    assert gone == set()
    assert judged[A].because == (Effect("read", 10_000.0, 1.0, stopped=True),)


def _hot(every: int, *helping: str) -> Cost:
    """One value in so many is slow where none of the helping indexes is there."""
    ordinary = cycle([True] * (every - 1) + [False])

    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(1.0 if there & set(helping) or next(ordinary) else 300.0)

    return cost


def test_an_index_that_helps_frequent_values_alone_stays() -> None:
    """The medians are the same, but the mean of every round is another."""
    _, judged, gone = pruned(_hot(10, "a"), {A: [READ], B: [READ]})
    assert gone == {B}
    (reason,) = judged[A].because
    assert reason.sure
    assert reason.without_ms > 30 * reason.with_ms


def test_an_index_that_helps_in_few_rounds_stays_for_the_target() -> None:
    _, judged, gone = pruned(_hot(18, "a"), {A: [READ], B: [READ]})
    assert gone == {B}
    (reason,) = judged[A].because
    assert (reason.over_target_ms, reason.sure) == (300.0, False)
    assert not judged[A].ratio.slower


def test_a_target_that_is_missed_anyway_keeps_no_index() -> None:
    slow = _hot(18)

    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(100.0 + slow(name, frozenset()).ms)

    _, judged, gone = pruned(cost, {A: [READ]})
    assert (judged, gone) == ({}, {A})


def test_two_that_keep_a_target_together_come_back() -> None:
    bench = Workbench(
        finalist(_hot(18, "a", "b"), (A, B)), {A: [READ], B: [READ]}, {}, BINDINGS, seed=1, care=Care()
    )
    assert bench.returning({A: 1.0, B: 1.0}, []) == [B]
    (reason,) = bench.joint(Judgement(Paired(1.0, 0.9, 1.1, 11), (), ()), B).because
    assert reason == Effect("read", 1.0, 1.0, sure=False, joint=True, over_target_ms=300.0)


def test_what_is_missed_together_comes_back_with_that_as_its_reason() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(1.0 if "a" in there else 3.0)

    affected = {A: [READ], B: [READ]}
    bench = Workbench(finalist(cost, (A, B, C)), affected, {}, BINDINGS, seed=1, care=Care())
    assert bench.returning({A: 1.01, B: 1.0}, [C]) == [A]
    (reason,) = bench.joint(Judgement(Paired(1.0, 0.9, 1.1, 11), (), ()), A).because
    assert reason == Effect("read", 3.0, 1.0, joint=True)


def test_what_is_not_missed_together_stays_away() -> None:
    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(1.0)

    bench = Workbench(finalist(cost, (A, B, C)), {A: [READ]}, {}, BINDINGS, seed=1, care=Care())
    assert bench.returning({A: 1.0, B: 1.0}, [C]) == []


def test_a_query_whose_medians_say_the_contrary_is_no_reason() -> None:
    """Round by round it is slower without the index, but for one round that moves the median."""
    rounds = {
        True: cycle([100.0] * 5 + [500.0] + [900.0] * 5),
        False: cycle([120.0] * 5 + [130.0] + [990.0] * 5),
    }

    def cost(name: str, there: frozenset[str]) -> Execution:
        return Execution(next(rounds["a" in there]))

    _, judged, gone = pruned(cost, {A: [READ]})
    assert (judged, gone) == ({}, {A})
