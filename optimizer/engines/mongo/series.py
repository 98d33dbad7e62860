"""Taking back what was inserted into a time series, which no transaction can hold.

The server keeps a time series as buckets, in `system.buckets.NAME`: a new measurement goes into a bucket of
its own series (`meta`) that begins at most a bucket's span before it, or into a new one. So those buckets are
read before, and put back afterwards; the server forgets an open bucket that is written to in this way (seen
on 6.0.5). Where nothing else is inserted meanwhile, the rows are those from before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

from optimizer.design.documents.layout import META, Layout
from optimizer.engines.mongo.commands import Prepared
from optimizer.engines.mongo.program import FETCHED, Delete, Insert, Update
from optimizer.model.documents import TimeSeries

_SLACK = timedelta(minutes=1)
"""What buckets are looked for beyond both ends: one begins at a full minute (granularity of seconds)."""

_SPAN_SECONDS = 3600
"""Of a bucket, with the granularity of seconds; the collection's options say another one."""

SeriesTimes = Mapping[str, str]
"""The collections that are time series, with their time field."""

Document = dict[str, Any]


def series_times(layout: Layout) -> SeriesTimes:
    """The time series of a layout."""
    return {layout.home(one.table).collection: one.time for one in layout.of(TimeSeries)}


def writes_series(prepared: Prepared, series: SeriesTimes) -> bool:
    """Whether a program writes time series and nothing else.

    What writes anything else too needs a transaction, which the server then refuses.
    """
    writes = {
        one.operation.collection
        for _, steps in prepared.statements
        for one in steps
        if isinstance(one.operation, Insert | Update | Delete)
    }
    return bool(writes) and writes <= series.keys()


class _Fetched(dict[str, Any]):
    """A binding's values where nothing has been fetched yet."""

    def __missing__(self, name: str) -> Any:
        if name.startswith(FETCHED):
            return None
        raise KeyError(name)


@dataclass(frozen=True)
class _Place:
    """The buckets that a measurement may go into: how they are found, and as they were."""

    buckets: Collection[Document]
    where: Document
    before: dict[Any, Document]

    def restore(self) -> None:
        """Put back what has changed, and remove what is new."""
        for found in self.buckets.find(self.where):
            was = self.before.get(found["_id"])
            if was is None:
                self.buckets.delete_one({"_id": found["_id"]})
            elif was != found:
                self.buckets.replace_one({"_id": found["_id"]}, was)


class Undo:
    """What is needed to take a program's inserts back, read when this is made; `restore` does it.

    A measurement without a moment isn't looked after: the server refuses it.
    """

    def __init__(
        self, database: Database[Document], prepared: Prepared, values: Document, series: SeriesTimes
    ) -> None:
        self._places = [
            _place(database, name, series[name], document)
            for name, document in _inserted(prepared, _Fetched(values))
            if isinstance(document[series[name]], datetime)
        ]

    def restore(self) -> None:
        for place in self._places:
            place.restore()


def _inserted(prepared: Prepared, values: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    for _, steps in prepared.statements:
        for one in steps:
            if isinstance(one.operation, Insert):
                for document in one.command(values)["documents"]:
                    yield one.operation.collection, document


def _place(database: Database[Document], name: str, time: str, document: Document) -> _Place:
    buckets = database[f"system.buckets.{name}"]
    at: datetime = document[time]
    begins = {"$gt": at - _span(database, name) - _SLACK, "$lte": at + _SLACK}
    where = {"meta": document[META]} if META in document else {}
    where[f"control.min.{time}"] = begins
    return _Place(buckets, where, {found["_id"]: found for found in buckets.find(where)})


def _span(database: Database[Document], name: str) -> timedelta:
    options = next(iter(database.list_collections(filter={"name": name})), {}).get("options", {})
    seconds = options.get("timeseries", {}).get("bucketMaxSpanSeconds", _SPAN_SECONDS)
    return timedelta(seconds=seconds)
