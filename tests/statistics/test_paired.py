"""Telling two designs apart by paired rounds."""

import numpy as np

from optimizer.statistics.paired import compare


def test_five_rounds_can_not_decide() -> None:
    assert compare([1.0] * 5, [9.0] * 5).tied


def test_a_clear_difference_is_seen() -> None:
    found = compare([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0], [2.0, 2.1, 1.9, 2.0, 2.2, 1.8, 2.0])
    assert found.slower
    assert not found.faster
    assert 1.9 < found.ratio < 2.1


def test_drift_that_both_share_cancels() -> None:
    drift = np.linspace(1.0, 3.0, 11)
    assert compare(drift.tolist(), (drift * 0.9).tolist()).faster


def test_equal_designs_are_rarely_told_apart() -> None:
    draw = np.random.default_rng(3)
    told = sum(not compare(*draw.lognormal(sigma=0.2, size=(2, 11)).tolist()).tied for _ in range(300))
    assert told <= 15


def test_no_rounds_are_a_tie() -> None:
    assert compare([], []).tied
