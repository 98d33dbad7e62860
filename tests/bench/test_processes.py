"""Whose memory is whose."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from bench.processes import Peak


@pytest.mark.parametrize(("name", "is_server"), [("postgres", True), ("mongod", True), ("optimize", False)])
def test_memory_is_told_apart_by_whose_it_is(tmp_path: Path, name: str, is_server: bool) -> None:
    program = shutil.copy(shutil.which("sleep") or "", tmp_path / name)
    peak = Peak()
    with subprocess.Popen([str(program), "60"]) as child:
        try:
            peak.look(psutil.Process(child.pid))
        finally:
            child.kill()

    assert (peak.server > 0, peak.clients > 0) == (is_server, not is_server)
