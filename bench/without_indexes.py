"""Writes measured before there is any candidate, on an engine that maintains hidden indexes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from time import perf_counter

from optimizer.engines.base import Database
from optimizer.search.structures.bare_writes import BareWrites


@dataclass
class WithoutIndexes:
    """Called with the loaded database that has no candidate yet; `seconds` is what that took.

    A search of this database goes on with the memo of `writes`: once candidates are there, these
    measurements can't be taken any more.
    """

    writes: BareWrites
    seconds: float = 0.0

    def __call__(self, database: Database) -> None:
        started = perf_counter()
        with closing(database.session()) as session:
            self.writes.measure(session)
        self.seconds = perf_counter() - started
