"""Datasets on disk: the same to the byte, made once, redone when half made, let go when old."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from optimizer.dataset.dataset import Dataset
from optimizer.dataset.making import cache
from optimizer.dataset.making.build import build
from optimizer.dataset.making.digest import digest
from optimizer.dataset.making.head import head
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.errors import MeasurementLost, WorkloadError
from tests.dataset.made_up import name, planned, table

USERS = table("users", "id uuid!", "email text!", "n int4", keys=["id", "email"])
ORDERS = table("orders", "id int8! = identity", "user_id uuid!", "net numeric(8,2)", keys=["id"],
               references=["user_id -> users(id)"])  # fmt: skip
FILE_ROWS = 1000


def made(seed: int = 42, users: int = 1500) -> DatasetPlan:
    return planned([USERS, ORDERS], {"users": users, "orders": ("users", 2)}, seed=seed)


def built(plan: DatasetPlan, folder: Path, processes: int = 1) -> Dataset:
    return build(plan, folder, lambda what, fraction: None, processes, FILE_ROWS)


def content(dataset: Dataset) -> list[bytes]:
    return [file.read_bytes() for rows in dataset.tables for file in rows.files]


def test_files_hold_the_rows_of_each_table(tmp_path: Path) -> None:
    dataset = built(made(), tmp_path)
    assert [(str(t.name), t.rows, len(t.files)) for t in dataset.tables] == [
        ("users", 1500, 2),
        ("orders", 3000, 3),
    ]
    orders = dataset.table(name("orders"))
    assert orders.columns == ("id", "user_id", "net")
    frames = list(orders.frames())
    assert [frame.height for frame in frames] == [1000, 1000, 1000]
    assert frames[2]["id"][-1] == 3000
    assert frames[0].equals(head(made(), 1000)[name("orders")])


def test_the_same_bytes_whatever_the_processes(tmp_path: Path) -> None:
    one, two = built(made(), tmp_path / "one"), built(made(), tmp_path / "two", processes=2)
    assert one.digest == two.digest
    assert content(one) == content(two)


def test_progress_ends_at_one(tmp_path: Path) -> None:
    seen: list[tuple[str, float]] = []
    build(made(), tmp_path, lambda what, fraction: seen.append((what, fraction)), 1, FILE_ROWS)
    assert seen[0] == ("rows of users", 1000 / 4500)
    assert seen[-1][1] == 1.0


def test_a_dataset_is_made_once(tmp_path: Path) -> None:
    first = built(made(), tmp_path)
    before = [file.stat().st_mtime_ns for rows in first.tables for file in rows.files]
    again = built(made(), tmp_path)
    assert again == first
    assert [file.stat().st_mtime_ns for rows in again.tables for file in rows.files] == before


def test_seed_and_volume_make_another_dataset() -> None:
    digests = {digest(plan, FILE_ROWS) for plan in (made(), made(seed=43), made(users=1501), made())}
    assert len(digests) == 3


@pytest.mark.parametrize("damage", ["manifest", "file", "size"])
def test_a_damaged_dataset_is_made_again(tmp_path: Path, damage: str) -> None:
    first = built(made(), tmp_path)
    wanted = content(first)
    file = first.tables[0].files[0]
    if damage == "manifest":
        (file.parent / "manifest.json").unlink()
    elif damage == "file":
        file.unlink()
    else:
        file.write_bytes(b"half")
    assert content(built(made(), tmp_path)) == wanted


def test_what_a_dead_run_left_goes(tmp_path: Path) -> None:
    folder = tmp_path / digest(made(), FILE_ROWS)
    folder.mkdir()
    (folder / "000-users-00000.part").write_bytes(b"half")
    dataset = built(made(), tmp_path)
    names = {file.name for rows in dataset.tables for file in rows.files}
    assert {path.name for path in folder.iterdir()} == names | {"manifest.json"}
    assert json.loads((folder / "manifest.json").read_text())["tables"] == {"users": 1500, "orders": 3000}


def test_the_least_recently_used_go_first_and_those_in_use_stay(tmp_path: Path) -> None:
    used = built(made(), tmp_path).tables[0].files[0].parent
    old, new = (_abandoned(tmp_path / label, age) for label, age in (("old", 200), ("new", 100)))
    assert cache.evict(tmp_path, budget_bytes=1 << 40) == ()
    size = sum(file.stat().st_size for file in used.iterdir())
    assert cache.evict(tmp_path, budget_bytes=size + 3000) == (old,)
    assert new.exists()
    assert cache.evict(tmp_path, budget_bytes=0) == (new,)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [used]


def _abandoned(folder: Path, age_s: int) -> Path:
    folder.mkdir()
    (folder / "rows.parquet").write_bytes(b"x" * 2000)
    (folder / "manifest.json").write_text("{}")
    then = time.time() - age_s
    os.utime(folder / "manifest.json", (then, then))
    return folder


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPTIMIZER_CACHE", str(tmp_path))
    assert cache.default_cache() == tmp_path
    monkeypatch.delenv("OPTIMIZER_CACHE")
    assert cache.default_cache().name == "datasets"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("processes", [1, 2])
def test_a_full_disk_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    def full(folder: Path) -> None:
        folder.mkdir()
        for number in range(2):
            (folder / f"000-users-0000{number}.part").symlink_to("/dev/full")

    monkeypatch.setattr(cache, "clear", full)
    with pytest.raises(MeasurementLost) as raised:
        built(made(), tmp_path, processes)
    assert raised.value.message == f"the disk is full: no room for the dataset in {tmp_path}"
    assert "OPTIMIZER_CACHE" in str(raised.value.hint)


def test_rows_that_do_not_fit_their_type_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made_up_words.py").write_text("def word(rng, rows, first):\n    return ['many'] * rows\n")
    monkeypatch.syspath_prepend(tmp_path)
    plan = planned([table("t", "n int4!")], {"t": 10}, data={"t.n": {"generator": "made_up_words:word"}})
    with pytest.raises(WorkloadError, match=r"^t\.n: its values don't fit the type int4: "):
        built(plan, tmp_path)


def test_a_function_of_the_user_makes_values_and_counts_for_the_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "made_up_prices.py"
    module.write_text("def price(rng, rows, first):\n    return [first + i for i in range(rows)]\n")
    monkeypatch.syspath_prepend(tmp_path)
    data = {"t.n": {"generator": "made_up_prices:price"}}
    plan = planned([table("t", "n int4!")], {"t": 3000}, data=data)
    before = digest(plan, FILE_ROWS)
    rows = built(plan, tmp_path / "cache", processes=2).table(name("t"))
    assert [frame["n"][0] for frame in rows.frames()] == [0, 1000, 2000]
    module.write_text(module.read_text() + "\n")
    assert digest(plan, FILE_ROWS) != before


SCRIPT = """
    from pathlib import Path
    from tests.dataset.made_up import planned, table
    from optimizer.dataset.making.build import build

    if __name__ == "__main__":
        plan = planned([table("t", "a text!", "b text!", "c text!", "d uuid!")], {{"t": 30_000_000}})
        build(plan, Path({folder!r}), lambda what, fraction: print(what, flush=True), 2, 16_384)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_end_leaves_no_process_behind(tmp_path: Path, ending: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT.format(folder=str(tmp_path / "cache"))))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as running:
        assert running.stdout is not None
        running.stdout.readline()
        children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(ending)
        running.wait(30)
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=30)[1] == []
