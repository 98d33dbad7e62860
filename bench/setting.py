"""How the figures are to be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """`scale` multiplies the volumes of the workloads; `quick` asks for a glance with fewer rounds.

    `say` is called with what is being done.
    """

    scale: float
    quick: bool
    say: Callable[[str], None]

    def choose(self, thorough: int, glance: int) -> int:
        """How many, as it was asked for."""
        return glance if self.quick else thorough

    def progress(self, what: str, fraction: float) -> None:
        """What engines and datasets call while they work."""
        self.say(f"{what} ({fraction:.0%})")
