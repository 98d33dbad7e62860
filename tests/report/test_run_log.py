"""run.log: each kind of step once a phase, everything handed on."""

from __future__ import annotations

import re
from pathlib import Path

from optimizer.report.run_log import LoggedWatcher
from optimizer.watch import Watcher


class Listener(Watcher):
    """Notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []

    def phase(self, name: str) -> None:
        self.heard.append(("phase", name))

    def step(self, what: str, fraction: float | None = None) -> None:
        self.heard.append(("step", what, fraction))

    def best(self, text: str) -> None:
        self.heard.append(("best", text))

    def note(self, line: str) -> None:
        self.heard.append(("note", line))


def tell(watch: Watcher) -> None:
    watch.phase("load")
    for fraction in (0.1, 0.5):
        watch.step("orders", fraction)
    watch.step("users")
    watch.phase("search")
    watch.step("orders", 1.0)
    watch.best("12 ms")
    watch.note("a – note")


def test_the_log_has_each_step_once_a_phase_with_its_time(tmp_path: Path) -> None:
    log = LoggedWatcher(Watcher(), tmp_path / "run.log")
    tell(log)
    lines = (tmp_path / "run.log").read_text(encoding="utf-8").splitlines()
    log.close()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "load: begins",
        "load: orders",
        "load: users",
        "search: begins",
        "search: orders",
        "search: best so far: 12 ms",
        "search: a – note",
    ]
    stamp = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")
    assert all(stamp.fullmatch(line.split(" ")[0]) for line in lines)


def test_everything_is_handed_on(tmp_path: Path) -> None:
    alone, behind = Listener(), Listener()
    tell(alone)
    log = LoggedWatcher(behind, tmp_path / "run.log")
    tell(log)
    log.close()
    assert behind.heard == alone.heard
    assert len(alone.heard) == 8


def test_a_resumed_run_goes_on_in_the_same_log(tmp_path: Path) -> None:
    for note in ("first", "second"):
        log = LoggedWatcher(Watcher(), tmp_path / "run.log")
        log.note(note)
        log.close()
    assert len((tmp_path / "run.log").read_text().splitlines()) == 2
