"""Asking again and again for what comes to be without telling."""

from __future__ import annotations

import time
from collections.abc import Iterator


def attempts(seconds: float, pause_seconds: float) -> Iterator[None]:
    """One attempt at once, then one after each pause; no more once `seconds` are over."""
    deadline = time.monotonic() + seconds
    while True:
        yield
        if time.monotonic() > deadline:
            return
        time.sleep(pause_seconds)
