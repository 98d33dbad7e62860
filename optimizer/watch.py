"""How a run tells what it is doing, and how it is told to stop. Ground floor: no terminal here."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic


class Watcher:
    """Listens to a run; this one stays silent. Fractions run from 0 to 1; None: not known."""

    def phase(self, name: str) -> None:
        """A new phase begins (`generate`, `load`, `search`, `finals` ...)."""

    def step(self, what: str, fraction: float | None = None) -> None:
        """What is being done now, and how much of the phase is done."""

    def best(self, text: str) -> None:
        """The best design so far, in a few words."""

    def note(self, line: str) -> None:
        """Something that the user should know."""

    def close(self) -> None:
        """The run is over."""


SEARCH_SHARE = 0.5
"""The part of an engine's time by which the search has to end: the finals always run, and take as long."""

LEAST_SEARCH = 0.1
"""The part that the search has at least, however long loading took."""

SHORTEST_TIMEOUT_MS = 1_000.0
LONGEST_TIMEOUT_MS = 10_000.0
TIMEOUTS_IN_BUDGET = 60


@dataclass(slots=True)
class Clock:
    """The time budget of a whole run, and the user's wish to stop the search early.

    `seconds` is the budget; `phases` the seconds that each phase took, `stopped` True after a first Ctrl-C.
    Engines take turns: each has its part of the time, and half of that is the search's and its loading's. Of
    what is left to the search when the tables are loaded it may go on until `search_part`.
    """

    seconds: float
    started: float = field(default_factory=monotonic)
    stopped: bool = False
    search_part: float = 1.0
    phases: dict[str, float] = field(default_factory=dict)
    _phase: tuple[str, float] | None = None
    _turn: tuple[float, float] = (0.0, 1.0)  # since when, and the part of what is left then
    _loaded: float | None = None  # since when the engine's tables are loaded

    def enter(self, phase: str) -> None:
        """Begin a phase, ending the one before."""
        now = monotonic()
        if self._phase is not None:
            name, since = self._phase
            self.phases[name] = self.phases.get(name, 0.0) + now - since
        self._phase = (phase, now)

    def turn(self, part: float) -> None:
        """The next engine's turn begins; it has this part of the time that is left."""
        self._turn = (self.elapsed, part)
        self._loaded, self.search_part = None, 1.0

    def loaded(self) -> None:
        """This engine's tables are loaded: the first time the search begins to count."""
        if self._loaded is None:
            self._loaded = self.elapsed

    @property
    def phase(self) -> str:
        """The phase that runs now; empty before the first."""
        return self._phase[0] if self._phase else ""

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return monotonic() - self.started

    @property
    def searching(self) -> bool:
        """Whether the search may go on."""
        began, _ = self._turn
        since = began if self._loaded is None else self._loaded
        whole = max(began + self._turn_seconds * SEARCH_SHARE - since, self._turn_seconds * LEAST_SEARCH)
        return not self.stopped and self.elapsed - since < whole * self.search_part

    def statement_ms(self, target_ms: float = 0.0) -> float:
        """How long a statement may run before it is stopped: a 60th of the budget, and twice its target."""
        share = self._turn_seconds * 1000 / TIMEOUTS_IN_BUDGET
        return max(min(max(share, SHORTEST_TIMEOUT_MS), LONGEST_TIMEOUT_MS), 2 * target_ms)

    @property
    def left(self) -> float:
        """Seconds left of the budget; negative when it is used up."""
        return self.seconds - self.elapsed

    @property
    def turn_left(self) -> float:
        """Seconds left of this engine's part of the budget; negative when it is used up."""
        began, _ = self._turn
        return began + self._turn_seconds - self.elapsed

    @property
    def _turn_seconds(self) -> float:
        began, part = self._turn
        return max(0.0, self.seconds - began) * part
