"""A run's folder: files whole or not at all, `latest`, and what can be gone on with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.report.folder import new_run, unfinished_run, write_whole

IDENTITY = {"seed": 42, "scale": 1.0, "engines": ["postgres"]}
ELSEWHERE = (
    "import json, sys; from pathlib import Path; from optimizer.report.folder import new_run;"
    "print(new_run(Path(sys.argv[1]), 'shop', json.loads(sys.argv[2])).path)"
)


def left_behind(out: Path) -> Path:
    """The folder of a run whose process has died."""
    command = [sys.executable, "-c", ELSEWHERE, str(out), json.dumps(IDENTITY)]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def test_runs_at_the_same_second_get_folders_of_their_own_in_order(tmp_path: Path) -> None:
    runs = [new_run(tmp_path, "shop", IDENTITY) for _ in range(3)]
    names = [run.run for run in runs]
    assert sorted(set(names)) == names
    assert all(run.path.parent == tmp_path / "shop" for run in runs)


def test_a_file_is_replaced_whole_and_leaves_no_other(tmp_path: Path) -> None:
    run = new_run(tmp_path, "shop", IDENTITY)
    run.write("postgres/schema.sql", "one – ünï")
    run.write("postgres/schema.sql", b"two")
    assert (run.path / "postgres" / "schema.sql").read_bytes() == b"two"
    assert os.listdir(run.path / "postgres") == ["schema.sql"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "result.json"
    write_whole(target, b"whole")

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(target, b"another")
    assert target.read_text() == "whole"


def test_latest_points_to_the_newest_finished_run(tmp_path: Path) -> None:
    first, second = (new_run(tmp_path, "shop", IDENTITY) for _ in range(2))
    first.finish()
    assert (tmp_path / "shop" / "latest").resolve() == first.path.resolve()
    second.finish()
    assert os.readlink(tmp_path / "shop" / "latest") == second.run
    assert sorted(os.listdir(tmp_path / "shop")) == [first.run, second.run, "latest"]


def test_a_dead_run_of_the_same_identity_is_gone_on_with(tmp_path: Path) -> None:
    dead = left_behind(tmp_path)
    assert unfinished_run(tmp_path, "shop", {**IDENTITY, "seed": 43}) is None
    assert unfinished_run(tmp_path, "saas", IDENTITY) is None
    found = unfinished_run(tmp_path, "shop", IDENTITY)
    assert found is not None
    assert found.path == dead
    assert unfinished_run(tmp_path, "shop", IDENTITY) is None, "it is ours now"


def test_a_finished_or_a_living_run_is_not(tmp_path: Path) -> None:
    new_run(tmp_path, "shop", IDENTITY)
    assert unfinished_run(tmp_path, "shop", IDENTITY) is None
    new_run(tmp_path, "saas", IDENTITY).finish()
    assert unfinished_run(tmp_path, "saas", IDENTITY) is None
