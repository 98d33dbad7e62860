"""Another process that started a server, to be ended in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

SCRIPT = """
import sys, time
from optimizer.engines.values import ServerRequest
from optimizer.engines.providers import choice
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.providers.timescale.providers import TIMESCALE_PROVIDERS
known = {"mongo": MONGO_PROVIDERS, "postgres": POSTGRES_PROVIDERS, "timescale": TIMESCALE_PROVIDERS}
providers = known[sys.argv[1]]
with choice.start(providers, ServerRequest(sys.argv[2], memory_bytes=64 << 20)) as running:
    print(running.endpoint.claim, flush=True)
    time.sleep(600)
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Another process that started a server, in a process group of its own, and waits."""

    process: subprocess.Popen[str]
    claim: str

    @classmethod
    def start(cls, engine: str, provider: str) -> Owner:
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, engine, provider],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            cwd=ROOT,
        )
        assert process.stdout is not None
        with process.stdout as output:
            claim = output.readline().strip()
        if not claim:
            raise RuntimeError(f"the owner ended with status {process.wait()}")
        return cls(process, claim)

    def end(self, number: signal.Signals) -> None:
        """Send the signal to the whole group, as a terminal does, and wait for the process to end."""
        os.killpg(self.process.pid, number)
        self.process.wait(60)
