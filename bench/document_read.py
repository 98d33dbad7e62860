"""The runner's median latency of a read by `_id`, beside a bare pymongo loop on the same server.

Both read the same documents in the same order with the same projection, one client each, in turns. The loop
is what a person writes: `find_one`, which makes a dict of the document. Beside it stands one that leaves it
as it came (RawBSONDocument), as the runner does.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any
from uuid import UUID

from bson import CodecOptions, UuidRepresentation
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection

from bench.figure import Figure, at_most
from bench.interleaved import Series, ratio, take_turns
from bench.workbench import Prepared, Workbench
from optimizer.dataset.bindings.draw import draw
from optimizer.engines.base import Session
from optimizer.errors import OptimizerError
from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query, SourceText, Target

GOAL = at_most(1.1)
USERS = TableName("public", "users")
PROJECTION = {"email": True, "first_name": True, "last_name": True}

_SQL = "SELECT u.id, u.email, u.first_name, u.last_name FROM users u WHERE u.id = :id"
_QUERY = Query("read", 1.0, Target(), (SourceText(_SQL, "read by _id"),))
_DICTS: CodecOptions[Any] = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
_RAW: CodecOptions[Any] = _DICTS.with_options(document_class=RawBSONDocument)


def measure(bench: Workbench) -> Iterator[Figure]:
    """Our p50 by that of the loop."""
    prepared = bench.prepared("shop", bench.setting.scale)
    reads = _reads(prepared, bench.setting.choose(4_000, 1_000))
    with ExitStack() as undo:
        database = bench.mongo.create(prepared.workload, "read", prepared.schema, Design())
        undo.callback(database.drop)
        database.load(prepared.dataset, bench.setting.progress, frozenset({USERS}))
        runner = _Runner(undo.enter_context(closing(database.session())), reads)
        opener = database.opener()
        bare: MongoClient[dict[str, Any]] = undo.enter_context(MongoClient(opener.uri))
        users = bare[opener.name].get_collection("users", _DICTS)
        loop = _Loop(users, [UUID(str(one.value("id"))) for one in reads])
        raw = _Loop(users.with_options(_RAW), loop.ids)
        _compare(runner, loop)
        bench.setting.say("reading in turns with pymongo")
        sides = {"runner": runner.p50_ms, "loop": loop.p50_ms, "raw": raw.p50_ms}
        take_turns(sides, 1)
        series = take_turns(sides, bench.setting.choose(7, 3))
        floor_ms = runner.session.floor_ms()
    yield _figure(series, floor_ms)


@dataclass(frozen=True, slots=True)
class _Runner:
    session: Session
    reads: Sequence[Binding]

    def p50_ms(self) -> float:
        return statistics.median(self.session.time(_QUERY, binding).ms for binding in self.reads)


@dataclass(frozen=True, slots=True)
class _Loop:
    users: Collection[Any]
    ids: Sequence[UUID]

    def p50_ms(self) -> float:
        return statistics.median(self._read_ms(one) for one in self.ids)

    def _read_ms(self, one: UUID) -> float:
        started = perf_counter_ns()
        self.users.find_one({"_id": one}, PROJECTION)
        return (perf_counter_ns() - started) / 1e6


def _figure(series: Series, floor_ms: float) -> Figure:
    middle = {name: statistics.median(values) * 1000 for name, values in series.items()}
    return Figure(
        "read by _id beside pymongo",
        ratio(series, "runner", "loop"),
        "times the p50 of a loop of find_one",
        GOAL,
        (
            f"p50: runner {middle['runner']:.0f} µs, pymongo {middle['loop']:.0f} µs",
            f"{ratio(series, 'runner', 'raw'):.2f} times that of find_one with raw documents "
            f"({middle['raw']:.0f} µs)",
            f"an empty command takes the runner {floor_ms * 1000:.0f} µs",
        ),
    )


def _reads(prepared: Prepared, count: int) -> tuple[Binding, ...]:
    workload = prepared.workload
    return draw(_QUERY, prepared.schema, prepared.dataset, workload, count, workload.seed)


def _compare(runner: _Runner, loop: _Loop) -> None:
    """OptimizerError where the two don't find the same: a miss would be fast."""
    for binding, one in zip(runner.reads, loop.ids, strict=True):
        found = loop.users.find_one({"_id": one}, PROJECTION) or {}
        (ours,) = runner.session.answer(_QUERY, binding).rows or ((),)
        if ours != tuple(found.get(name) for name in ("_id", *PROJECTION)):
            raise OptimizerError(f"the runner reads {ours}, pymongo {found}")
