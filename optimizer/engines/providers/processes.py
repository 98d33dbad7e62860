"""Server processes: found by their data folder, stopped for good."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from optimizer.engines.providers.attempts import attempts

STOP_SECONDS = 10.0
POLL_SECONDS = 0.02


def processes_of(data: Path) -> Iterator[psutil.Process]:
    """The processes that work on this data folder: a server, its backends, or the program that makes it."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        if str(data) in (process.info["cmdline"] or ()) or process.info["cwd"] == str(data):
            yield process


def stop(process: psutil.Process) -> None:
    """End a server at once, its clients cut off and nothing written: its data is thrown away."""
    with suppress(psutil.NoSuchProcess):
        for number in _signals(process):
            process.send_signal(number)
            if _ends(process):
                return


def stop_child(child: subprocess.Popen[bytes]) -> None:
    """`stop` a server that this process has started, if it still runs."""
    if child.poll() is None:
        stop(psutil.Process(child.pid))
        child.wait()


def _signals(process: psutil.Process) -> tuple[signal.Signals, ...]:
    """SIGQUIT is PostgreSQL's immediate shutdown: it ends its children and frees its shared memory.

    A mongod is one process with nothing outside its folder; at SIGQUIT it would leave a core file.
    """
    return (signal.SIGKILL,) if process.name() == "mongod" else (signal.SIGQUIT, signal.SIGKILL)


def _ends(process: psutil.Process) -> bool:
    return any(_has_ended(process) for _ in attempts(STOP_SECONDS, POLL_SECONDS))


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
