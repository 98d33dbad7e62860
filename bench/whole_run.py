"""`optimize workloads/shop.yaml` as a person runs it: seconds, and the memory of its processes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.command import run_command
from bench.figure import Figure, at_most
from bench.workbench import Workbench

GOAL_SECONDS = at_most(360.0)
GOAL_GIB = at_most(2e9 / 2**30)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Wall-clock seconds of the whole run, and the peak resident memory of the clients: two figures."""
    bench.clear()
    bench.setting.say("the whole run of shop")
    seconds, peak = run_command("run", "shop", bench.setting.scale)
    yield Figure("whole run of shop", seconds, "s with finals", GOAL_SECONDS)
    yield Figure(
        "memory of the whole run",
        peak.clients / 2**30,
        "GiB resident at the peak, all client processes",
        GOAL_GIB,
        (f"the server's processes: {peak.server / 2**30:.2f} GiB at the peak, shared buffers included",),
    )
