"""`optimize compare workloads/shop.yaml` as a person runs it, on every engine: seconds."""

from __future__ import annotations

from collections.abc import Iterator

from bench.command import run_command
from bench.figure import Figure, at_most
from bench.workbench import Workbench

GOAL = at_most(900.0)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Wall-clock seconds of the whole comparison."""
    bench.clear()
    bench.setting.say("comparing the engines on shop")
    seconds, peak = run_command("compare", "shop", bench.setting.scale)
    yield Figure(
        "comparison of the engines on shop",
        seconds,
        "s with both searches and all finals",
        GOAL,
        (
            f"memory at the peak: {peak.clients / 2**30:.2f} GiB resident of all client processes, "
            f"{peak.server / 2**30:.2f} GiB of the servers' processes, shared buffers included",
        ),
    )
