"""`optimize workloads/shop.yaml` as a person runs it: seconds, and the memory of its processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psutil

from bench.figure import Figure, at_most
from bench.processes import Peak
from bench.workbench import WORKLOADS, Workbench
from optimizer.errors import OptimizerError

GOAL_SECONDS = at_most(360.0)
GOAL_GIB = at_most(2e9 / 2**30)
POLL_SECONDS = 0.25
_MAIN = "from optimizer.cli import main; main()"


def measure(bench: Workbench) -> Iterator[Figure]:
    """Wall-clock seconds of the whole run, and the peak resident memory of the clients: two figures."""
    bench.setting.say("the whole run of shop")
    with TemporaryDirectory(prefix="bench-") as folder:
        seconds, peak = _run(Path(folder), bench.setting.scale)
    yield Figure("whole run of shop", seconds, "s with finals", GOAL_SECONDS)
    yield Figure(
        "memory of the whole run",
        peak.clients / 2**30,
        "GiB resident at the peak, all client processes",
        GOAL_GIB,
        (f"the server's processes: {peak.server / 2**30:.2f} GiB at the peak, shared buffers included",),
    )


def _run(folder: Path, scale: float) -> tuple[float, Peak]:
    command = [sys.executable, "-c", _MAIN, "run", str(WORKLOADS / "shop.yaml"), "--scale", str(scale)]
    log, peak = folder / "log", Peak()
    started = perf_counter()
    with log.open("wb") as output:
        child = subprocess.Popen([*command, "--out", str(folder)], stdout=output, stderr=output)
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
