"""A run's folder: results/NAME/RUN/, its files written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

_STATE = "unfinished.json"
MEASUREMENTS = "measurements*.jsonl"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @property
    def run(self) -> str:
        """The sortable UTC time stamp that is its name."""
        return self.path.name

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file (folders made as needed) to a temporary name, then rename it."""
        target = self.path / name
        write_whole(target, content.encode() if isinstance(content, str) else content)
        return target

    def discard(self) -> None:
        """Remove the folder of a run that measured nothing; what others put there stays."""
        for path in (self.path / _STATE, self.path / "run.log", *self.measurements):
            path.unlink(missing_ok=True)
        for folder in (self.path, self.path.parent):
            with suppress(OSError):
                folder.rmdir()

    @property
    def measurements(self) -> tuple[Path, ...]:
        """The files with what the search has measured, a line each; none before the first."""
        return tuple(sorted(self.path.glob(MEASUREMENTS)))

    @property
    def has_measurements(self) -> bool:
        """Whether there is anything to go on with."""
        return any(path.stat().st_size > 0 for path in self.measurements)

    def finish(self) -> None:
        """Mark the run as finished and let `latest` point to it."""
        (self.path / _STATE).unlink(missing_ok=True)
        pointer = self.path.parent / f".latest-{os.getpid()}"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(self.path.name)
        pointer.replace(self.path.parent / "latest")


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(target)


def new_run(out: Path, workload: str, identity: Mapping[str, Any]) -> RunFolder:
    """A new folder; `identity` (JSON-able) is what a later run must share to go on with this one."""
    stamp = datetime.now(UTC)
    while True:
        folder = RunFolder(out / workload / stamp.strftime("%Y%m%dT%H%M%SZ"))
        try:
            folder.path.mkdir(parents=True)
        except FileExistsError:
            stamp += timedelta(seconds=1)
            continue
        _claim(folder, identity)
        return folder


def unfinished_run(out: Path, workload: str, identity: Mapping[str, Any]) -> RunFolder | None:
    """The newest unfinished run of this workload with the same identity, now ours; None: there is none.

    A run that a living process works on isn't taken.
    """
    for path in sorted((out / workload).glob("2*Z"), reverse=True):
        state = path / _STATE
        if state.exists():
            found = json.loads(state.read_text())
            if found["identity"] == dict(identity) and not _alive(found):
                folder = RunFolder(path)
                _claim(folder, identity)
                return folder
    return None


def _claim(folder: RunFolder, identity: Mapping[str, Any]) -> None:
    owner = psutil.Process()
    state = {"pid": owner.pid, "started": owner.create_time(), "identity": dict(identity)}
    folder.write(_STATE, json.dumps(state, indent=1))


def _alive(state: Mapping[str, Any]) -> bool:
    try:
        return bool(psutil.Process(state["pid"]).create_time() == state["started"])
    except psutil.NoSuchProcess:
        return False
