"""A search of the index set on a loaded workload, as a run makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.setting import Setting
from bench.workbench import Loaded
from optimizer.model.index import Index
from optimizer.queries.writes import maintained_tables, touched_tables
from optimizer.search.index_search import IndexSearch, IndexSpace
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo
from optimizer.watch import Clock, Watcher

SECONDS = 600.0
"""What a search may take; the figures are about much less."""


@contextmanager
def searching(
    loaded: Loaded, candidates: Sequence[Index], setting: Setting, seed: int
) -> Iterator[IndexSearch]:
    """A search among these of the built candidates, nothing measured yet; all others stay hidden."""
    with TemporaryDirectory(prefix="bench-") as folder:
        memo = Memo(Path(folder) / "measurements.jsonl")
        with closing(memo), closing(loaded.database.session()) as session:
            for query in loaded.prepared.workload.queries:
                session.prepare(query)
            board = Switchboard(loaded.database, session, list(candidates))
            space = _space(loaded, candidates, seed)
            yield IndexSearch(board, space, memo, session.floor_ms(), _Saying(setting), Clock(SECONDS))


class _Saying(Watcher):
    """Passes on what a search is doing."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def step(self, what: str, fraction: float | None = None) -> None:
        self._setting.say(what)


def _space(loaded: Loaded, candidates: Sequence[Index], seed: int) -> IndexSpace:
    prepared = loaded.prepared
    workload = prepared.workload
    return IndexSpace(
        queries=workload.queries,
        bindings=prepared.bindings,
        touched={query.name: touched_tables(query, prepared.schema) for query in workload.queries},
        written={
            query.name: frozenset(index for index in candidates if index.table in tables)
            for query in workload.queries
            if (tables := maintained_tables(query, prepared.schema))
        },
        bytes={index: loaded.built[index] for index in candidates},
        base_bytes=loaded.load.bytes,
        limits=workload.limits,
        seed=seed,
    )
