"""A worker process stays with Ctrl-C, and goes with the process that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

SCRIPT = """
    import multiprocessing
    import time
    from optimizer.worker import end_with_parent

    def work(begun):
        end_with_parent()
        begun.put(None)
        time.sleep(600)

    if __name__ == "__main__":
        end_with_parent()
        context = multiprocessing.get_context("spawn")
        begun = context.Queue()
        worker = context.Process(target=work, args=(begun,))
        worker.start()
        begun.get()
        print(worker.pid, flush=True)
        time.sleep(600)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process with a worker that has begun."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as begun:
        yield begun
        begun.kill()


def test_a_worker_ends_with_its_parent_and_with_nothing_less(parent: subprocess.Popen[str]) -> None:
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    worker.send_signal(signal.SIGINT)
    with pytest.raises(psutil.TimeoutExpired):
        worker.wait(0.5)
    parent.kill()
    worker.wait(30)
    assert not worker.is_running()
