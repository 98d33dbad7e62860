"""Makes the files of a plan in several processes that end when their parent does."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from generators.errors import SpecError
from optimizer.dataset.making.parts import Part
from optimizer.dataset.making.rows import Rows
from optimizer.dataset.planning.recipes import DatasetPlan
from optimizer.errors import MeasurementLost, Problem, WorkloadError

SMALL_ROWS = 1_500_000
"""So few rows are made sooner than other processes start, Polars having threads of its own."""

Progress = Callable[[str, float], None]
Problems = tuple[Problem, ...]

_source: Rows | None = None


def run(
    plan: DatasetPlan, folder: Path, parts: tuple[Part, ...], progress: Progress, processes: int | None
) -> None:
    """All files; WorkloadError where rows can't be made so, MeasurementLost where the disk is full."""
    total = sum(part.rows for part in parts)
    wanted = min(len(parts), processes or os.cpu_count() or 1)
    try:
        if wanted <= 1 or (processes is None and total < SMALL_ROWS):
            _start(plan, watched=False)
            _watch(map(_made, parts, [folder] * len(parts)), total, progress)
            _end()
        else:
            _spread(plan, folder, parts, progress, wanted)
    except OSError as error:
        raise _lost(error, folder) from error


def _spread(
    plan: DatasetPlan, folder: Path, parts: tuple[Part, ...], progress: Progress, processes: int
) -> None:
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _start, (plan,))
    try:
        futures = [pool.submit(_made, part, folder) for part in parts]
        _watch(_results(futures), sum(part.rows for part in parts), progress)
        pool.shutdown()
    except BrokenProcessPool as error:
        hint = "the memory may be too small; use a smaller --scale"
        raise MeasurementLost("a process that makes rows was killed", hint) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - others:
            child.terminate()
            child.join()


def _results(futures: list[Future[tuple[Part, Problems]]]) -> Iterable[tuple[Part, Problems]]:
    return (future.result() for future in as_completed(futures))


def _watch(results: Iterable[tuple[Part, Problems]], total: int, progress: Progress) -> None:
    done = 0
    for part, problems in results:
        if problems:
            raise WorkloadError(*problems)
        done += part.rows
        progress(f"rows of {part.table}", done / max(1, total))


def _start(plan: DatasetPlan, watched: bool = True) -> None:
    """Makes this process ready; a worker leaves Ctrl-C to its parent, and ends when that is gone."""
    global _source
    _source = Rows(plan)
    parent = multiprocessing.parent_process()
    if watched and parent is not None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end() -> None:
    """Lets go of what was kept of parents' columns."""
    global _source
    _source = None


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def _made(part: Part, folder: Path) -> tuple[Part, Problems]:
    """Writes one file under a name of its own, and renames it when it is whole."""
    assert _source is not None
    try:
        frame = _source.frame(part.table, part.first, part.rows)
    except WorkloadError as error:
        return part, error.problems
    except SpecError as error:
        return part, (Problem(f"{part.table}: {error.message}", None, error.hint),)
    _write(frame, folder / part.file)
    return part, ()


def _write(frame: pl.DataFrame, path: Path) -> None:
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as file:
            frame.write_parquet(file, compression="zstd", compression_level=1)
    except PolarsError as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise
    unfinished.replace(path)


def _lost(error: OSError, folder: Path) -> MeasurementLost:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "make room, name another folder in OPTIMIZER_CACHE, or use a smaller --scale"
        return MeasurementLost(f"the disk is full: no room for the dataset in {folder.parent}", hint)
    return MeasurementLost(f"the dataset can't be written to {folder.parent}: {error.strerror or error}")
