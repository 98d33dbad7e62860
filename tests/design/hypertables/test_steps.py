"""Lengths of chunks: neither too many nor too small, and the most promising first."""

from __future__ import annotations

import pytest

from optimizer.design.hypertables.steps import MOST_STEPS, chosen, fitting

HOUR = 3_600
DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("days", "rows", "largest_s", "hours"),
    [
        (30, 1_000_000, None, [4, 6, 12, 24, 48, 72, 168, 336]),  # 1 h would be 1,389 rows
        (30, 100_000_000, None, [4, 6, 12, 24, 48, 72, 168, 336]),  # 2 h would be 360 chunks
        (30, 1_000_000, 25 * HOUR, [4, 6, 12, 24]),
        (30, 1_000_000, 1.0, [4]),  # the memory is too small for any
        (30, 20_000, None, [336]),
        (30, 9_000, None, []),
        (1 / 12, 1_000_000, None, [1]),
        (1 / 13, 1_000_000, None, []),  # not two chunks of an hour
        (0, 1_000_000, None, []),
    ],
)
def test_steps_that_fit(days: float, rows: int, largest_s: float | None, hours: list[int]) -> None:
    assert fitting(days * DAY, rows, largest_s, False) == tuple(hour * HOUR for hour in hours)


def test_chunks_of_dates_are_whole_days() -> None:
    assert [step // DAY for step in fitting(30 * DAY, 1_000_000, None, True)] == [1, 2, 3, 7, 14]


STEPS = (1, 2, 4, 8, 16, 32, 64)


@pytest.mark.parametrize(
    ("asked", "first", "others"),
    [
        (None, 64, {1, 2, 4, 8, 16, 32}),
        (1, 1, {2, 64}),
        (5, 8, {4, 16, 64}),
        (8, 8, {4, 16, 64}),
        (1000, 64, {32}),
    ],
)
def test_what_is_asked_for_comes_first(asked: float | None, first: int, others: set[int]) -> None:
    found = chosen(STEPS, asked)
    assert len(found) == MOST_STEPS
    assert found[0] == first
    assert found[-1] != first
    assert others & set(found) == others if asked is not None else set(found) <= {first, *others}


def test_near_ones_come_before_far_ones() -> None:
    assert chosen(STEPS, 4) == (4, 8, 2, 16, 64)
    assert chosen((1, 2), 2) == (2, 1)
    assert chosen((), 2) == ()
