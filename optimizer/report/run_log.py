"""run.log: what happened, with times."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from optimizer.watch import Watcher


class LoggedWatcher(Watcher):
    """Writes down what it hears, each kind of step once a phase, and hands everything on."""

    def __init__(self, inner: Watcher, path: Path) -> None:
        self._inner = inner
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._phase = ""
        self._said: set[str] = set()

    def phase(self, name: str) -> None:
        self._phase = name
        self._said.clear()
        self._write("begins")
        self._inner.phase(name)

    def step(self, what: str, fraction: float | None = None) -> None:
        if what not in self._said:
            self._said.add(what)
            self._write(what)
        self._inner.step(what, fraction)

    def best(self, text: str) -> None:
        self._write(f"best so far: {text}")
        self._inner.best(text)

    def note(self, line: str) -> None:
        self._write(line)
        self._inner.note(line)

    def close(self) -> None:
        """Close the file; what it hands on to stays open."""
        self._file.close()

    def _write(self, line: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._file.write(f"{now} {self._phase}: {line}\n")
