"""A run's watcher that only passes on what is being done."""

from __future__ import annotations

from bench.setting import Setting
from optimizer.watch import Watcher


class Saying(Watcher):
    """Tells the figures' own progress what a load or a search is doing."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def step(self, what: str, fraction: float | None = None) -> None:
        self._setting.say(what)
