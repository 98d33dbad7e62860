from __future__ import annotations

import time

from optimizer.engines.providers.attempts import attempts


def test_there_is_one_attempt_even_without_time() -> None:
    assert len(list(attempts(-1.0, 60.0))) == 1


def test_attempts_go_on_until_the_time_is_over() -> None:
    started = time.monotonic()
    number = len(list(attempts(0.2, 0.05)))
    assert time.monotonic() - started >= 0.2
    assert 2 <= number <= 6


def test_whoever_is_content_waits_no_longer() -> None:
    started = time.monotonic()
    assert any(True for _ in attempts(60.0, 60.0))
    assert time.monotonic() - started < 30
