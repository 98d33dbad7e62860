"""Showing exactly the indexes of a design, by hiding the others.

A hidden index is kept by every write and used by no plan, those of `$lookup` included; `collMod` changes it
in milliseconds, for the next operation of every session, and clears the collection's cached plans.

Of indexes that tie in the race between plans, the one that has been shown longest wins (seen on 6.0.5). So
that a set has the same plans whatever was shown before, those of a collection are always shown in the order
in which they were built: what stands behind a newly shown one is hidden and shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from optimizer.model.index import Index

_AT_ONCE = {"w": 1}
"""By default a change is waited for until it is on disk, which takes longer than the change itself."""


@dataclass(frozen=True, slots=True)
class Built:
    """An index as it was built: its name, its collection, its real bytes."""

    name: str
    collection: str
    bytes: int = 0


class Visibility:
    """Knows which of the built indexes are shown, and changes only what differs."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database
        self._built: dict[Index, Built] = {}
        self._shown: frozenset[Index] = frozenset()
        self._shown_on: dict[str, frozenset[Index]] = {}

    @property
    def built(self) -> Mapping[Index, Built]:
        """All of them, shown or not."""
        return self._built

    @property
    def shown(self) -> frozenset[Index]:
        """Those that plans may use now."""
        return self._shown

    def shown_on(self, collection: str) -> frozenset[Index]:
        """Those of one collection."""
        if collection not in self._shown_on:
            there = (index for index in self._shown if self._built[index].collection == collection)
            self._shown_on[collection] = frozenset(there)
        return self._shown_on[collection]

    def add(self, index: Index, built: Built) -> None:
        """Take note of an index that has just been built, and is shown; again, when its bytes are known."""
        self._built[index] = built
        self._mark(index, shown=True)

    def show(self, indexes: Iterable[Index]) -> None:
        """Show exactly these; KeyError for one that wasn't built."""
        wanted = frozenset(indexes)
        if unknown := wanted - self._built.keys():
            raise KeyError(", ".join(sorted(index.name for index in unknown)))
        for index in self._shown - wanted:
            self._hide(index)
        begun: set[str] = set()
        for index, built in self._built.items():
            if index in wanted and built.collection in begun and index in self._shown:
                self._hide(index)
            if index in wanted and index not in self._shown:
                begun.add(built.collection)
                self._change(built, hidden=False)
                self._mark(index, shown=True)

    def _hide(self, index: Index) -> None:
        self._change(self._built[index], hidden=True)
        self._mark(index, shown=False)

    def _mark(self, index: Index, *, shown: bool) -> None:
        self._shown = self._shown | {index} if shown else self._shown - {index}
        self._shown_on.pop(self._built[index].collection, None)

    def _change(self, built: Built, *, hidden: bool) -> None:
        change = {"name": built.name, "hidden": hidden}
        self._database.command("collMod", built.collection, index=change, writeConcern=_AT_ONCE)

    def remove(self, indexes: Iterable[Index]) -> None:
        """Drop these for good; those that weren't built are passed over."""
        for index in self._built.keys() & frozenset(indexes):
            built = self._built[index]
            self._database.command("dropIndexes", built.collection, index=built.name)
            self._mark(index, shown=False)
            del self._built[index]
