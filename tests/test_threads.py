"""Work that a few threads share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Barrier
from time import sleep

import pytest

from optimizer import threads


def test_results_come_from_several_at_once() -> None:
    together = Barrier(2, timeout=10)
    jobs = [partial(_meet, together, n) for n in range(4)]
    assert sorted(threads.results(jobs, 2)) == [0, 1, 2, 3]


def _meet(together: Barrier, number: int) -> int:
    together.wait()
    return number


def test_an_error_comes_and_the_rest_is_left_undone() -> None:
    done: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    jobs: list[Callable[[], None]] = [fail, partial(sleep, 0.5), partial(done.append, 1)]
    with pytest.raises(ValueError, match="no"):
        list(threads.results(jobs, 1))
    assert done == []
