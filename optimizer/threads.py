"""Work that a few threads share. Ground floor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")


def results(jobs: Iterable[Callable[[], T]], workers: int) -> Iterator[T]:
    """What the jobs give, as each is done; the first error as it comes.

    Jobs begin in their order. Once nobody asks for more, those that have begun are waited for, and the others
    aren't done.
    """
    pool = ThreadPoolExecutor(workers)
    try:
        for done in as_completed([pool.submit(job) for job in jobs]):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)
