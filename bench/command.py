"""A command of `optimize` as a person runs it, watched from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psutil

from bench.processes import Peak
from bench.workbench import WORKLOADS
from optimizer.errors import OptimizerError

POLL_SECONDS = 0.25
_MAIN = "from optimizer.cli import main; main()"


def run_command(name: str, workload: str, scale: float) -> tuple[float, Peak]:
    """Seconds and memory of `optimize NAME` on one of the project's workloads.

    OptimizerError where it fails, with the last lines that it told.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        arguments = [name, str(WORKLOADS / f"{workload}.yaml"), "--scale", str(scale), "--out", folder]
        return _run([sys.executable, "-c", _MAIN, *arguments], Path(folder) / "log")


def _run(command: list[str], log: Path) -> tuple[float, Peak]:
    peak = Peak()
    started = perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            _watch(child, peak)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    seconds = perf_counter() - started
    if child.returncode != 0:
        raise OptimizerError("the run failed", "\n".join(log.read_text(errors="replace").splitlines()[-5:]))
    return seconds, peak


def _watch(child: subprocess.Popen[bytes], peak: Peak) -> None:
    process = psutil.Process(child.pid)
    while True:
        peak.look(process)
        try:
            child.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
