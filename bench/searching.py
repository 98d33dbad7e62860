"""A search of the index set on a loaded workload, as a run makes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.saying import Saying
from bench.setting import Setting
from bench.workbench import Loaded
from optimizer.engines.base import Session
from optimizer.model.index import Index
from optimizer.search.choice.choose import Choice
from optimizer.search.index_search import IndexSearch, IndexSpace
from optimizer.search.plans.mapping import Switchboard
from optimizer.search.plans.memo import Memo
from optimizer.watch import Clock

SECONDS = 600.0
"""What a search may take; the figures are about much less."""


@contextmanager
def searching(
    loaded: Loaded, candidates: Sequence[Index], setting: Setting, seed: int
) -> Iterator[IndexSearch]:
    """A search among these of the built candidates; all others stay hidden.

    Nothing is measured yet, but for the writes where the engine maintains hidden indexes.
    """
    with _memo(loaded) as memo, closing(loaded.database.session()) as session:
        for query in loaded.prepared.workload.queries:
            session.prepare(query)
        space = _space(loaded, candidates, seed)
        _share_out(loaded, session, space)
        board = Switchboard(loaded.database, session, list(candidates))
        yield IndexSearch(board, space, memo, session.floor_ms(), Saying(setting), Clock(SECONDS))


def timed_choice(search: IndexSearch) -> tuple[dict[str, float], Choice]:
    """Map, measure and choose; the seconds of each part."""
    started = perf_counter()
    search.map_plans()
    mapped = perf_counter()
    search.weigh_writes()
    weighed = perf_counter()
    choice = search.choose()
    chosen = perf_counter()
    parts = {
        "map": mapped - started,
        "upkeep": weighed - mapped,
        "measurements and choice": chosen - weighed,
    }
    return parts, choice


def told(search: IndexSearch, choice: Choice) -> str:
    """What a search asked and measured for its choice, as a figure's note."""
    return (
        f"{search.board.explains:,} EXPLAINs, {search.distinct_plans:,} plans, "
        f"{search.memo.measured:,} measured; {'proved best' if choice.exact else 'not proved best'}, "
        f"{choice.examined:,} designs valued, {choice.mask.bit_count()} indexes chosen"
    )


@contextmanager
def _memo(loaded: Loaded) -> Iterator[Memo]:
    if loaded.without is not None:
        yield loaded.without.writes.memo
        return
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        closing(Memo(Path(folder) / "measurements.jsonl")) as memo,
    ):
        yield memo


def _share_out(loaded: Loaded, session: Session, space: IndexSpace) -> None:
    if loaded.without is not None:
        loaded.without.writes.share_out(session, space.written)


def _space(loaded: Loaded, candidates: Sequence[Index], seed: int) -> IndexSpace:
    prepared, engine = loaded.prepared, loaded.engine
    workload, schema = prepared.workload, prepared.schema
    return IndexSpace(
        queries=workload.queries,
        bindings=prepared.bindings,
        touched={query.name: engine.touched(query, schema) for query in workload.queries},
        written={
            query.name: frozenset(index for index in candidates if index.table in tables)
            for query in workload.queries
            if (tables := engine.maintained(query, schema))
        },
        bytes={index: loaded.built[index] for index in candidates},
        base_bytes=loaded.load.bytes,
        limits=workload.limits,
        seed=seed,
    )
