"""Latency distributions and verdicts on targets."""

import numpy as np
import pytest

from optimizer.model.measurement import Execution, Status
from optimizer.model.query import Target
from optimizer.statistics.percentiles import latency, meets, nearest_rank


def executions(*ms: float) -> list[Execution]:
    return [Execution(value) for value in ms]


def test_nearest_rank_is_a_sample() -> None:
    ordered = [1.0, 2.0, 3.0, 4.0]
    assert [nearest_rank(ordered, p) for p in (1, 25, 50, 51, 95, 100)] == [1, 1, 2, 3, 4, 4]


def test_latency_counts_what_did_not_end_well() -> None:
    found = latency(
        [*executions(1, 2, 3), Execution(50, Status.TIMED_OUT), Execution(0.1, Status.FAILED, "no")], 95
    )
    assert found is not None
    assert (found.samples, found.censored, found.failed) == (4, 1, 1)
    assert found.at_ms == 50
    assert found.p50_ms == 2


def test_nothing_is_said_where_all_failed() -> None:
    assert latency([Execution(1, Status.FAILED, "no")], 95) is None


def test_the_interval_covers_the_true_percentile_as_often_as_it_says() -> None:
    draw = np.random.default_rng(7)
    true = -np.log(0.05)
    hits = 0
    for _ in range(400):
        found = latency(executions(*draw.exponential(size=200).tolist()), 95)
        assert found is not None
        hits += found.interval_ms[0] <= true <= found.interval_ms[1]
    assert hits >= 370


@pytest.mark.parametrize(("slow", "verdict"), [(0, True), (4, True), (5, None), (10, None), (40, False)])
def test_a_target_is_judged_by_its_exceedances(slow: int, verdict: bool | None) -> None:
    sample = executions(*[1.0] * (200 - slow), *[200.0] * slow)
    assert meets(sample, Target(100, 95)) is verdict


def test_too_few_samples_decide_nothing() -> None:
    assert meets(executions(*[1.0] * 20), Target(100, 95)) is None


def test_a_failure_misses_the_target() -> None:
    assert meets([*executions(*[1.0] * 100), Execution(1, Status.FAILED)], Target(100, 95)) is False
