"""The life of a run: stopped, killed, its server killed, its disk full, a statement that never ends."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.command import SLOW, WORKLOAD, Done, Place, ended, wait_for

TIME = ("--time", "4s")
LONG = ("--time", "90s")
"""Enough for a search to begin on a busy machine; for runs that are stopped before their end."""
ENDLESS = """\
  - name: endless
    weight: 1
    sql: >-
      SELECT count(*) FROM orders o, generate_series(1, 100000000) a, generate_series(1, 1000) b
      WHERE o.user_id = :user_id
"""


def assert_clear(done: Done, status: int) -> None:
    """The status, one clear message, and no traceback."""
    assert done.status == status, (done.out, done.err)
    assert done.err.strip()
    assert "Traceback" not in done.err + done.out
    assert "mistake of the optimizer" not in done.err


def assert_nothing_left(place: Place) -> None:
    assert place.servers() == []
    assert place.folders() == []


def begun(place: Place, text: str, phase: str, *arguments: str) -> subprocess.Popen[str]:
    """A run of the workload that has come to the phase."""
    before = len(place.runs())
    process = place.start(str(place.write(text)), *TIME, *arguments)
    wait_for(lambda: len(place.runs()) > before and f" {phase}: begins" in place.log(), process)
    return process


def measuring(place: Place) -> bool:
    """Whether the newest run has measured something."""
    path = place.runs()[-1] / "measurements-postgres.jsonl"
    return path.exists() and path.stat().st_size > 0


def postmaster(place: Place) -> psutil.Process:
    (found,) = [p for p in place.servers() if "-D" in (p.info["cmdline"] or ())]
    return found


def test_a_statement_that_never_ends(place: Place) -> None:
    done = place.run(str(place.write(WORKLOAD + ENDLESS)), *TIME)
    assert done.status == 0, done.err
    queries = {query["name"]: query for query in place.result()["engines"]["postgres"]["queries"]}
    for label in ("baseline", "given", "winner"):
        measured = queries["endless"][label]
        assert measured["timed_out"] == measured["samples"] > 0, label
        assert measured["meets_target"] is False
        assert queries["history"][label]["timed_out"] == 0
    assert "> 1 s" in done.out
    assert_nothing_left(place)


def test_ctrl_c_in_the_search_goes_to_the_finals_and_a_second_one_stops(place: Place) -> None:
    process = begun(place, WORKLOAD + SLOW, "search", *LONG)
    os.killpg(process.pid, signal.SIGINT)
    wait_for(lambda: " finals: begins" in place.log(), process)
    done = ended(process)
    assert done.status == 0, done.err
    assert place.result()["engines"]["postgres"]["search"]["stopped_by"] == "the user"
    assert_nothing_left(place)

    again = begun(place, WORKLOAD + SLOW, "finals", *LONG)
    os.killpg(again.pid, signal.SIGINT)
    assert_clear(done := ended(again), 130)
    assert "--resume" in done.err
    assert (place.runs()[-1] / "measurements-postgres.jsonl").stat().st_size > 0
    assert_nothing_left(place)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
@pytest.mark.parametrize("phase", ["check", "load"])
def test_stopped_before_anything_is_measured(place: Place, phase: str, number: signal.Signals) -> None:
    process = begun(place, WORKLOAD.replace("users: 1000", "users: 200_000"), phase)
    os.killpg(process.pid, number)
    assert_clear(done := ended(process), 130)
    assert done.err.startswith("stopped")
    assert place.runs() == [], "an empty run isn't kept"
    assert_nothing_left(place)


def test_a_server_killed_while_it_measures(place: Place) -> None:
    process = begun(place, WORKLOAD + SLOW, "search", *LONG)
    wait_for(lambda: measuring(place), process)
    postmaster(place).kill()
    assert_clear(done := ended(process), 3)
    assert "server is gone" in done.err
    assert measuring(place)
    assert_nothing_left(place)


def test_killed_in_the_search_and_resumed(place: Place) -> None:
    process = begun(place, WORKLOAD + SLOW, "search", *LONG)
    wait_for(lambda: measuring(place), process)
    process.kill()
    ended(process)
    assert place.servers(), "nobody could stop the server"

    kept = (place.runs()[-1] / "measurements-postgres.jsonl").read_text().splitlines()
    resumed = place.run(str(place.work / "tiny.yaml"), *TIME, "--resume")
    assert resumed.status == 0, resumed.err
    (notes,) = place.result()["engines"]["postgres"]["search"]["notes"]
    assert notes.startswith(f"{len(kept)} measurements were taken over")
    assert len(place.runs()) == 1
    assert_nothing_left(place)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 60 MB, which root alone can make."""
    if os.geteuid() != 0:
        pytest.skip("a file system of its own needs root")
    folder = Path(tempfile.mkdtemp(prefix="so-small-", dir="/var/tmp"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=60m,mode=0711", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
    folder.rmdir()


@pytest.mark.parametrize("variable", ["OPTIMIZER_HOME", "OPTIMIZER_CACHE", "results"])
def test_a_disk_that_is_full(place: Place, small_disk: Path, variable: str) -> None:
    place.variables[variable] = str(small_disk)
    text = WORKLOAD.replace("users: 1000", "users: 300_000")
    if variable != "OPTIMIZER_HOME":
        (small_disk / "filler").write_bytes(bytes((60 << 20) - 16_384))
    out = str(small_disk) if variable == "results" else "results"
    done = place.run(str(place.write(text)), *TIME, "--out", out)
    assert_clear(done, 3)
    assert any(word in done.err for word in ("full", "room", "No space")), done.err
    assert place.servers() == []
