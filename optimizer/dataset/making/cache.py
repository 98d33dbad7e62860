"""The folder of datasets: who uses which, and which may go.

Each dataset has a lock file beside its folder. A process holds it shared as long as it lives, so a dataset in
use is never removed, and alone while it makes the rows, so no two processes make the same. The locks are the
kernel's (flock): they go with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path

from platformdirs import user_cache_path

from optimizer.dataset.making.manifest import NAME

VARIABLE = "OPTIMIZER_CACHE"
BUDGET_BYTES = 8 << 30

_held: dict[Path, int] = {}
"""Descriptors of the lock files that this process holds, by dataset folder."""


def default_cache() -> Path:
    """Where datasets are kept: the user's cache folder, or the one that OPTIMIZER_CACHE names."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_cache_path("schema-optimizer") / "datasets"


def hold(folder: Path, *, alone: bool) -> None:
    """Hold the dataset's lock until this process ends; waits for another one that makes the rows."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder not in _held:
        _held[folder] = _open(folder)
    fcntl.flock(_held[folder], fcntl.LOCK_EX if alone else fcntl.LOCK_SH)


def clear(folder: Path) -> None:
    """An empty folder; what a dead run left in it goes."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def touch(folder: Path) -> None:
    """Notes that the dataset was used now."""
    now = time.time()
    os.utime(folder / NAME, (now, now))


def evict(cache_folder: Path, budget_bytes: int = BUDGET_BYTES) -> tuple[Path, ...]:
    """Removes datasets, the least recently used first, until the rest fit; gives those that went.

    One that a living process uses stays.
    """
    datasets = sorted((path.parent for path in cache_folder.glob(f"*/{NAME}")), key=_used, reverse=True)
    gone: list[Path] = []
    kept = 0
    for folder in datasets:
        size = sum(file.stat().st_size for file in folder.iterdir() if file.is_file())
        if kept + size > budget_bytes and _remove(folder):
            gone.append(folder)
        else:
            kept += size
    return tuple(gone)


def _used(folder: Path) -> float:
    return (folder / NAME).stat().st_mtime


def _remove(folder: Path) -> bool:
    """False where somebody uses it."""
    if folder in _held:
        return False
    lock = _open(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _open(folder: Path) -> int:
    return os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
