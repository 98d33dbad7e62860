"""Rounds interleave and pair: same bindings, an order drawn anew, fresh values once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from optimizer.measure.rounds import Contestant, Pace, Rounds, run_rounds, shares
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Binding, Query
from tests.made_up_session import Asked, MadeUpSession, always
from tests.queries_by_hand import bind, query

READ, OTHER, WRITE = query("read", "SELECT 1"), query("other", "SELECT 2"), query("write", "INSERT")
BINDINGS = {name: [bind(n=n) for n in range(50)] for name in ("read", "other", "write")}
PACE = Pace(slice_ms=10.0, most=5, timeout_ms=77.0, committed=4)


def until(rounds: int) -> Callable[[int], bool]:
    return lambda done: done < rounds


def contest(
    latencies: dict[str, float], rounds: int = 6, committed: frozenset[str] = frozenset(), seed: int = 1
) -> tuple[Rounds, list[Asked]]:
    asked: list[Asked] = []
    contestants = [
        Contestant(label, MadeUpSession(always(ms), asked, label)) for label, ms in latencies.items()
    ]
    queries = [READ, OTHER, *([WRITE] if committed else [])]
    return run_rounds(contestants, queries, BINDINGS, until(rounds), PACE, seed, committed), asked


def blocks(asked: list[Asked]) -> list[tuple[str, str, list[int]]]:
    """Slices of four executions: who, which query, with which bindings."""
    slices = [asked[n : n + 4] for n in range(0, len(asked), 4)]
    assert all(len({(one.who, one.query) for one in own}) == 1 for own in slices)
    return [(own[0].who, own[0].query, [one.binding.value("n") for one in own]) for own in slices]


def test_all_contestants_run_the_same_bindings_of_a_query_one_after_the_other() -> None:
    rounds, asked = contest({"a": 3.0, "b": 3.0})
    found = blocks(asked)
    assert rounds.count == 6
    assert len(found) == 6 * 2 * 2
    for first, second in zip(found[::2], found[1::2], strict=True):
        assert {first[0], second[0]} == {"a", "b"}
        assert first[1:] == second[1:]


def test_the_order_of_contestants_and_queries_changes_from_round_to_round() -> None:
    _, asked = contest({"a": 3.0, "b": 3.0}, rounds=12)
    found = blocks(asked)
    starts = [who for who, _, _ in found[::2]]
    queries = [name for _, name, _ in found[::4]]
    assert set(starts) == {"a", "b"}
    assert set(queries) == {"read", "other"}
    assert len({tuple(bindings) for _, _, bindings in found}) > 6


def test_the_same_seed_gives_the_same_rounds() -> None:
    first, again, other = (contest({"a": 3.0, "b": 3.0}, seed=seed)[1] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(("ms", "expected"), [(3.0, 4), (30.0, 1), (0.1, 5)], ids=["fits", "slow", "fast"])
def test_a_slice_holds_what_fits_at_least_one_and_at_most_most(ms: float, expected: int) -> None:
    rounds, asked = contest({"a": ms})
    assert [len(one) for one in rounds.by_key["a", "read"]] == [expected] * 6
    assert {one.timeout_ms for one in asked} == {77.0}


def test_a_slice_ends_with_a_statement_that_was_stopped() -> None:
    session = MadeUpSession(lambda asked, binding: Execution(1.0, Status.TIMED_OUT))
    rounds = run_rounds([Contestant("a", session)], [READ], BINDINGS, until(3), PACE, 1)
    assert rounds.by_key["a", "read"] == [(Execution(1.0, Status.TIMED_OUT),)] * 3


def test_committed_values_are_used_once_in_order_by_every_contestant() -> None:
    rounds, asked = contest({"a": 30.0, "b": 0.1}, rounds=3, committed=frozenset({"write"}))
    for label in ("a", "b"):
        kept = [one.binding.value("n") for one in asked if one.who == label and one.keep]
        assert kept == list(range(12))
        assert [len(one) for one in rounds.by_key[label, "write"]] == [4, 4, 4]
    assert {one.query for one in asked if one.keep} == {"write"}


def test_the_floor_is_measured_once_a_round_on_every_contestant() -> None:
    rounds, _ = contest({"a": 3.0, "b": 3.0})
    assert {label: len(found) for label, found in rounds.floors.items()} == {"a": 6, "b": 6}
    rounds.floors["a"] = [0.3, 0.1, 0.2]
    assert rounds.floor_ms("a") == 0.2


def test_rounds_end_where_fresh_values_are_used_up() -> None:
    rounds, _ = contest({"a": 1.0}, rounds=1000, committed=frozenset({"write"}))
    assert rounds.count == 50 // 4


def test_a_committed_write_that_fails_still_uses_all_its_values() -> None:
    def fails(asked: Query, binding: Binding) -> Execution:
        return Execution(1.0, Status.FAILED, "duplicate key")

    session = MadeUpSession(fails)
    run_rounds([Contestant("a", session)], [WRITE], BINDINGS, until(1), PACE, 1, frozenset({"write"}))
    assert [one.binding.value("n") for one in session.asked] == [0, 1, 2, 3]


def test_medians_are_by_round_and_executions_together() -> None:
    rounds = Rounds()
    rounds.by_key["a", "read"] += [(Execution(1.0), Execution(5.0), Execution(2.0)), (Execution(7.0),)]
    assert rounds.medians("a", "read") == [2.0, 7.0]
    assert [one.ms for one in rounds.executions("a", "read")] == [1.0, 5.0, 2.0, 7.0]
    assert rounds.executions("b", "read") == ()
    assert Rounds().count == 0


@pytest.mark.parametrize(("total", "parts"), [(10, 3), (2, 4), (0, 2), (12, 4)])
def test_shares_hold_everything_once_and_are_almost_alike(total: int, parts: int) -> None:
    found = shares(total, parts)
    assert [n for part in found for n in part] == list(range(total))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    assert len(found) == parts
