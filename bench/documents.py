"""Documents per second from the cached dataset, beside `insert_many` of the same documents.

The other side has them encoded beforehand and in memory, and one process, as its driver has it: so it has no
files to read, nothing to put together and nothing to encode. Acknowledgement, order and the writing to the
disk at the end are ours. Referenced and embedded documents are figures of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any

from bson import CodecOptions, decode_all
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from bench.figure import Figure, at_least, number
from bench.interleaved import ratio, take_turns
from bench.setting import Setting
from bench.workbench import Prepared, Workbench
from optimizer.design.documents.layout import Layout
from optimizer.engines.mongo.client import Client, client
from optimizer.engines.mongo.loading.load import load
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from optimizer.model.structure import Structure

GOAL = at_least(0.7)
ORDERS, ITEMS = TableName("public", "orders"), TableName("public", "order_items")
NAME = "bench_documents"
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(RawBSONDocument)

Documents = Mapping[str, Sequence[RawBSONDocument]]


def measure(bench: Workbench) -> Iterator[Figure]:
    """Seconds of insert_many by our seconds, for shop's orders and their items."""
    prepared = bench.prepared("shop", bench.setting.scale)
    database = bench.mongo.create(prepared.workload, "documents", prepared.schema, Design())
    sides = _Sides(database.opener().uri, prepared, bench.setting)
    yield sides.figure("referenced")
    yield sides.figure("embedded", _embedded(prepared))
    sides.close()
    database.drop()


def _embedded(prepared: Prepared) -> Structure:
    (key,) = (key for key in prepared.schema.by_name[ITEMS].foreign_keys if key.target == ORDERS)
    return Embed(ITEMS, ORDERS, key.name, "items")


class _Sides:
    """Both ways to the same documents, in a database that each measurement makes anew."""

    def __init__(self, uri: str, prepared: Prepared, setting: Setting) -> None:
        self._uri, self._prepared, self._setting = uri, prepared, setting
        self._client: Client = client(uri)

    def figure(self, kind: str, *structures: Structure) -> Figure:
        """Our documents per second by those of insert_many."""
        layout = Layout(self._prepared.schema, frozenset(structures))
        self._ours(layout)
        ready = self._documents()
        count = sum(map(len, ready.values()))
        self._setting.say(f"loading {kind} documents in turns with insert_many")
        both = {"ours": lambda: self._ours(layout), "theirs": lambda: self._theirs(ready)}
        series = take_turns(both, self._setting.choose(7, 3))
        rates = (f"{number(count / min(series[side]))} documents/s of {side}" for side in series)
        return Figure(
            f"{kind} documents loaded beside insert_many",
            ratio(series, "theirs", "ours"),
            "times the documents per second of insert_many, encoded beforehand",
            GOAL,
            (f"at best {' and '.join(rates)}, of {number(count)} documents",),
        )

    def close(self) -> None:
        """Let go of the server."""
        self._client.drop_database(NAME)
        self._client.close()

    def _ours(self, layout: Layout) -> float:
        self._settle()
        only = frozenset(layout.home(table).collection for table in (ORDERS, ITEMS))
        started = perf_counter()
        load(self._client[NAME], self._uri, layout, self._prepared.dataset, self._setting.progress, only)
        return perf_counter() - started

    def _theirs(self, ready: Documents) -> float:
        self._settle()
        database = self._client.get_database(NAME, write_concern=WriteConcern(w=1, j=False))
        started = perf_counter()
        for name, documents in ready.items():
            database[name].insert_many(documents, ordered=False)
        self._client.admin.command("fsync")
        return perf_counter() - started

    def _documents(self) -> Documents:
        database: Database[Any] = self._client[NAME]
        return {name: _raw(database[name].find_raw_batches()) for name in database.list_collection_names()}

    def _settle(self) -> None:
        self._client.drop_database(NAME)
        self._client.admin.command("fsync")


def _raw(batches: Iterable[bytes]) -> list[RawBSONDocument]:
    return [document for batch in batches for document in decode_all(batch, _RAW)]
