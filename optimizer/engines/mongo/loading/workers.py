"""Jobs of a load in several threads, or in processes that end when their parent does."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from pymongo.database import Database

from optimizer.engines.mongo.client import client
from optimizer.engines.mongo.loading import filling
from optimizer.engines.mongo.loading.filling import Target
from optimizer.engines.mongo.loading.parts import Part
from optimizer.engines.mongo.loading.spreading import Spread, forget
from optimizer.errors import MeasurementLost
from optimizer.model.names import TableName
from optimizer.worker import end_with_parent

Job = Part | Spread

WORKERS = min(os.cpu_count() or 1, 4)

SMALL_ROWS = 1_500_000
"""So few rows are loaded sooner by threads than other processes start: encoding lets go of Python's lock."""

_ready: list[tuple[Target, Database[Any]]] = []
"""What a worker was started with: its target, and its own connection to it."""


class Workers:
    """Does jobs, in order of their ends; a context manager.

    Threads use `database`; processes open it themselves.
    """

    def __init__(self, target: Target, database: Database[Any], count: int, *, processes: bool) -> None:
        self._others = set(multiprocessing.active_children())
        self._pool: Executor
        self._run: Callable[[Job], tuple[TableName, int] | None]
        if processes:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(count, context, _start, (target,))
            self._run = _run
        else:
            self._pool = ThreadPoolExecutor(count, "load")
            self._run = partial(filling.run, target, database)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[TableName, int] | None]:
        """What filling.run gives of each job; MeasurementLost where a process was killed."""
        try:
            for future in as_completed([self._pool.submit(self._run, job) for job in jobs]):
                yield future.result()
        except BrokenProcessPool as error:
            hint = "the memory may be too small; use a smaller --scale"
            raise MeasurementLost("a process that loads documents was killed", hint) from error

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        """Threads end the jobs that they are at; processes are ended where there was an error."""
        apart = isinstance(self._pool, ProcessPoolExecutor)
        for child in set(multiprocessing.active_children()) - self._others if apart and kind else ():
            child.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)
        forget()


def _start(target: Target) -> None:
    _ready.append((target, client(target.uri)[target.database]))
    end_with_parent()


def _run(job: Job) -> tuple[TableName, int] | None:
    ((target, database),) = _ready
    return filling.run(target, database, job)
