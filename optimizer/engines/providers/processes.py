"""Server processes: found by their data folder, stopped for good."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

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
    deadline = time.monotonic() + STOP_SECONDS
    while not _has_ended(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _has_ended(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
