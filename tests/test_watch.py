"""The clock of a run: how long a search may go on."""

from __future__ import annotations

from time import monotonic

from optimizer.watch import Clock


def after(seconds: float, loading: float | None) -> Clock:
    """The clock of 100 seconds after so many; the tables were loaded after `loading` of them."""
    clock = Clock(100.0)
    clock.turn(1.0)
    if loading is not None:
        clock.started = monotonic() - loading
        clock.loaded()
    clock.started = monotonic() - seconds
    return clock


def test_a_search_ends_at_half_of_the_time() -> None:
    assert after(49.0, loading=None).searching
    assert not after(51.0, loading=None).searching
    assert after(49.0, loading=30.0).searching
    assert not after(51.0, loading=30.0).searching


def test_its_parts_begin_when_the_tables_are_loaded() -> None:
    early, late = after(37.0, loading=30.0), after(39.0, loading=30.0)
    early.search_part = late.search_part = 0.4
    assert early.searching
    assert not late.searching


def test_it_has_a_tenth_however_long_loading_took() -> None:
    assert after(69.0, loading=60.0).searching
    assert not after(71.0, loading=60.0).searching


def test_only_the_first_loading_counts() -> None:
    clock = after(20.0, loading=10.0)
    clock.loaded()
    clock.search_part = 0.5
    clock.started = monotonic() - 31.0
    assert not clock.searching


def test_the_user_can_stop_it() -> None:
    clock = after(5.0, loading=1.0)
    clock.stopped = True
    assert not clock.searching
