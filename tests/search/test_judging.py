"""Scores from rounds, ties, and the simplest of a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Target
from optimizer.search.finals.judging import FAILED_MS, faster_by, score_of, weighted, winner_of
from optimizer.search.finals.staging import Finalist
from optimizer.search.score import storage_price
from tests.queries_by_hand import query
from tests.search.made_up_board import A, B, C, finalist

OFTEN = query("often", "SELECT 1", share=0.75, target=Target(10.0, 95.0))
RARE = query("rare", "SELECT 2", share=0.25, target=Target(10.0, 95.0))
QUERIES = (OFTEN, RARE)
NOISE = (1.0, 1.2, 0.9, 1.1, 1.0, 0.95, 1.05, 1.15)


def rounds_of(figures: Mapping[str, Sequence[float]], noise: Sequence[float] = NOISE) -> Rounds:
    """By label the latencies of both queries; the noise of a round falls on all alike."""
    rounds = Rounds()
    for label, latencies in figures.items():
        for one, ms in zip(QUERIES, latencies, strict=True):
            rounds.by_key[label, one.name] += [(Execution(ms * factor),) * 3 for factor in noise]
    return rounds


def contestant(label: str, *indexes: object, bytes: int = 100) -> Finalist:
    return finalist(lambda name, shown: Execution(1.0), [A, B, C][: len(indexes)], label, bytes)


def test_the_weighted_latency_of_each_round() -> None:
    rounds = rounds_of({"a": (4.0, 8.0)}, noise=(1.0, 2.0))
    assert weighted(rounds, QUERIES, "a", "a") == pytest.approx([5.0, 10.0])


def test_drift_that_falls_on_all_does_not_hide_a_difference() -> None:
    rounds = rounds_of({"a": (4.0, 4.0), "b": (4.2, 4.2)}, noise=[1.0, 2.0, 4.0] * 4)
    assert faster_by(rounds, QUERIES, "a", "b").slower
    assert faster_by(rounds, QUERIES, "a", "b").ratio == pytest.approx(1.05)
    assert faster_by(rounds, QUERIES, "a", "a").tied


def test_the_score_counts_bytes_misses_and_failures() -> None:
    rounds = rounds_of({"a": (4.0, 4.0), "b": (4.0, 20.0)}, noise=(1.0,))
    one = contestant("a", bytes=2**30)
    assert score_of(rounds, QUERIES, one.label, one.bytes).value == pytest.approx(4.0 + storage_price(2**30))
    assert score_of(rounds, QUERIES, "b", 0).missed_share == 0.25
    rounds.by_key["c", "often"] = rounds.by_key["a", "often"]
    rounds.by_key["c", "rare"] = [(Execution(0.1, Status.FAILED, "no"),)]
    assert score_of(rounds, QUERIES, "c", 0).latency_ms == pytest.approx(3.0 + FAILED_MS / 4)


def test_the_faster_one_wins_though_it_has_more_indexes() -> None:
    rounds = rounds_of({"few": (5.0, 5.0), "many": (4.0, 4.0)})
    winner, tied = winner_of(rounds, QUERIES, [contestant("few"), contestant("many", 1, 2)])
    assert (winner.label, tied) == ("many", ())


def test_of_a_tie_the_one_with_fewest_indexes_wins() -> None:
    rounds = rounds_of({"many": (4.0, 4.0), "few": (4.0, 4.0), "slow": (9.0, 9.0)})
    finalists = [contestant("many", 1, 2), contestant("few", 1), contestant("slow")]
    winner, tied = winner_of(rounds, QUERIES, finalists)
    assert (winner.label, tied) == ("few", ("many",))


def test_then_the_one_with_fewest_bytes() -> None:
    rounds = rounds_of({"big": (4.0, 4.0), "small": (4.0, 4.0)})
    winner, _ = winner_of(rounds, QUERIES, [contestant("big", 1, bytes=200), contestant("small", 1)])
    assert winner.label == "small"


def test_one_that_misses_a_target_ties_with_none_that_meets_all() -> None:
    rounds = rounds_of({"misses": (1.0, 10.5), "meets": (4.0, 9.9)}, noise=(1.0,) * 8)
    winner, tied = winner_of(rounds, QUERIES, [contestant("misses"), contestant("meets", 1, 2)])
    assert (winner.label, tied) == ("meets", ())


def test_five_rounds_can_not_tell_two_apart() -> None:
    rounds = rounds_of({"few": (9.0, 9.0), "many": (4.0, 4.0)}, noise=(1.0,) * 5)
    winner, tied = winner_of(rounds, QUERIES, [contestant("few"), contestant("many", 1)])
    assert (winner.label, tied) == ("few", ("many",))


def test_designs_are_compared_by_the_same_parameter_values() -> None:
    rounds = Rounds()
    for _ in range(8):
        rounds.by_key["slow", OFTEN.name].append((Execution(1.0), Execution(20.0)))
        rounds.by_key["fast", OFTEN.name].append((Execution(1.0), Execution(10.0), *[Execution(1.0)] * 9))
    assert weighted(rounds, [OFTEN], "fast", "slow") == pytest.approx([5.5 * OFTEN.share] * 8)
    assert faster_by(rounds, [OFTEN], "fast", "slow").slower, "their medians are the same"
