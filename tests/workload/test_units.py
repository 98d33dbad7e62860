"""Durations, sizes, rates and targets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.model.query import Target
from optimizer.workload.mistake import Mistake
from optimizer.workload.units import duration, rate, size, spell_duration, spell_size, target


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("30d", 2_592_000),
        ("1.5h", 5400),
        ("2w", 1_209_600),
    ],
)
def test_duration(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1GB", 1 << 30),
        ("512MB", 512 << 20),
        ("4 GiB", 4 << 30),
        ("64kB", 64 << 10),
        ("1.5KB", 1536),
        ("7B", 7),
    ],
)
def test_size(text: str, size_bytes: int) -> None:
    assert size(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100ms", Target(100, 95)),
        ("50ms @ p99", Target(50, 99)),
        ("1s@p99.9", Target(1000, 99.9)),
        ("0.5ms @ P50", Target(0.5, 50)),
    ],
)
def test_target(text: str, expected: Target) -> None:
    assert target(text) == expected


def test_rate() -> None:
    assert rate("200/s") == 200
    assert rate("600 / min") == pytest.approx(10)


@pytest.mark.parametrize("read", [duration, size, rate, target])
@pytest.mark.parametrize("value", ["", "x", "10", "-5s", "0s", "1h x", 10, None, True, [1]])
def test_what_has_no_unit_is_refused(read, value) -> None:
    with pytest.raises(Mistake) as caught:
        read(value)
    assert caught.value.hint


@given(st.integers(1, 10**9))
def test_spelling_reads_back(number: int) -> None:
    assert duration(spell_duration(number)) == number
    assert size(spell_size(number)) == number
