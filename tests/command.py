"""The command line in a process of its own, with a home and a cache of its own, and what it leaves there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ENTRY = "from optimizer.cli import main; main()"
PATIENCE_SECONDS = 90.0

WORKLOAD = """\
name: tiny
schema: |
  CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL UNIQUE, created_at timestamptz NOT NULL);
  CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users,
    total numeric(10, 2) NOT NULL, created_at timestamptz NOT NULL);
volumes: {users: 1000, orders: {per: users, mean: 3}}
load: {clients: 1}
server: {memory: 64MB}
queries:
  - name: history
    weight: 8
    sql: SELECT id, total FROM orders WHERE user_id = :user_id ORDER BY created_at DESC, id LIMIT 10
  - name: login
    weight: 4
    sql: SELECT id FROM users WHERE email = :email
"""

SLOW = """\
  - name: slow
    weight: 1
    sql: SELECT id, pg_sleep(0.02) FROM orders WHERE user_id = :user_id LIMIT 1
"""
"""A query that keeps a search busy for a while, whatever the machine."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """Where commands run: `home` is the servers' folder, `work` has the workload and its results.

    `variables` are added to the environment.
    """

    home: Path
    work: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "OPTIMIZER_"))
        }
        return kept | {
            "OPTIMIZER_HOME": str(self.home),
            "OPTIMIZER_CACHE": str(self.work / "cache"),
            "PYTHONPATH": str(Path(__file__).parent.parent),
            **self.variables,
        }

    def write(self, text: str, name: str = "tiny.yaml") -> Path:
        """A workload file."""
        path = self.work / name
        path.write_text(text)
        return path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """A command under way, in a group of its own as at a terminal."""
        return subprocess.Popen(
            [sys.executable, "-c", ENTRY, *_embedded(arguments)],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> Done:
        """A command to its end."""
        return ended(self.start(*arguments))

    def servers(self) -> list[psutil.Process]:
        """Processes that work on a server's folder of this home."""
        return [
            process
            for process in psutil.process_iter(["cmdline", "cwd"])
            if any(
                str(self.home) in part
                for part in (*(process.info["cmdline"] or ()), process.info["cwd"] or "")
            )
        ]

    def folders(self) -> list[str]:
        """Server folders and claims that are there."""
        return [path.name for name in ("servers", "claims") for path in (self.home / name).glob("*")]

    def runs(self, workload: str = "tiny") -> list[Path]:
        """The run folders, oldest first."""
        return sorted((self.work / "results" / workload).glob("2*Z"))

    def result(self, workload: str = "tiny") -> dict[str, Any]:
        """The newest finished result."""
        found: dict[str, Any] = json.loads(
            (self.work / "results" / workload / "latest" / "result.json").read_text()
        )
        return found

    def log(self) -> str:
        """What the newest run has said so far."""
        logs = [path / "run.log" for path in self.runs()]
        return logs[-1].read_text() if logs and logs[-1].exists() else ""


def ended(process: subprocess.Popen[str]) -> Done:
    """How the process ends; it is killed where it takes too long."""
    try:
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        raise AssertionError(f"not ended after {PATIENCE_SECONDS} s:\n{out}\n{err}") from None
    return Done(process.returncode, out, err)


def wait_for(what: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until it is so, while the process runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it never came to be"
        if process.poll() is not None:
            raise AssertionError(f"ended early with {process.returncode}: {process.communicate()}")
        time.sleep(0.02)


def _embedded(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """A run that names no server gets the embedded one, whether a Docker engine answers here or not."""
    runs = any(argument.endswith(".yaml") for argument in arguments)
    named = {"--provider", "--dsn"}.intersection(arguments)
    return (*arguments, "--provider", "embedded") if runs and not named else arguments
