"""The time of a run, and of each engine's turn in it."""

from __future__ import annotations

from time import monotonic

import pytest

from optimizer.engines import ENGINES
from optimizer.run import engine_seconds
from optimizer.watch import SEARCH_SHARE, Clock


def test_without_turns_the_time_is_the_run_s() -> None:
    clock = Clock(60.0, started=monotonic() - 10)
    assert clock.turn_left == pytest.approx(50, abs=1)
    assert clock.searching
    late = Clock(60.0, started=monotonic() - 60 * SEARCH_SHARE)
    assert not late.searching


def test_a_turn_has_its_seconds_whatever_the_one_before_took() -> None:
    clock = Clock(60.0, started=monotonic() - 100)
    assert not clock.searching
    clock.turn(30.0)
    assert clock.turn_left == pytest.approx(30, abs=1)
    assert clock.searching
    clock.stopped = True
    assert not clock.searching


def test_the_others_get_twice_the_reference_s_time() -> None:
    engines = [ENGINES[name] for name in ("postgres", "timescale", "mongo")]
    assert engine_seconds(engines, 500.0) == [100.0, 200.0, 200.0]
    assert engine_seconds(engines[:1], 500.0) == [500.0]
