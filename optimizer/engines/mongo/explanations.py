"""A connection's explanations, each asked for once under the same indexes.

MongoDB chooses a plan by racing those that the shown indexes allow, and an explanation races them too: it is
no cheaper than the start of the statement itself. What it says depends on the command and on the indexes of
the collections in it. A join's two sides don't ask about each other: how the outer collection is read is
raced before the join (seen on 6.0.5), and the inner index is chosen by its keys. So each side is remembered
by its own indexes, and all pairs of sets take as many races as both sides have sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from bson import encode

from optimizer.engines.mongo.commands import Command
from optimizer.engines.mongo.connection import Connection
from optimizer.engines.mongo.plans import Explained, Seen, read_explain, read_lookups
from optimizer.engines.mongo.running import at_path
from optimizer.engines.mongo.stages import collection, stages
from optimizer.model.index import Index

TIMEOUT_MS = 5_000

Shown = Callable[[str], frozenset[Index]]
"""The indexes of a collection, by its name, that plans may use now."""


class Explanations:
    """Explains commands; without `shown` nothing is remembered, since nobody says when it holds."""

    def __init__(self, connection: Connection, shown: Shown | None = None) -> None:
        self.connection = connection
        self._shown = shown
        self._seen: dict[object, Seen] = {}
        self._values: dict[tuple[str, str], Any] = {}

    def plan(self, command: Command) -> Seen:
        """How a command is planned (`queryPlanner`)."""
        if self._shown is None:
            return self._planned(command).whole
        digest = self._digest(command)
        reading = ("reading", digest, self._indexes(_read(command)))
        joining = ("joining", digest, self._indexes(_joined(command)))
        if reading not in self._seen or joining not in self._seen:
            found = self._planned(command)
            self._seen |= {reading: found.reading, joining: found.joining}
        return Explained(self._seen[reading], self._seen[joining]).whole

    def run(self, command: Command) -> Seen:
        """What the joins of a pipeline use while it runs (`executionStats`)."""
        if self._shown is None:
            return self._ran(command)
        key = ("running", self._digest(command), self._indexes(_mentioned(command)))
        if key not in self._seen:
            self._seen[key] = self._ran(command)
        return self._seen[key]

    def value(self, name: str, field: str) -> Any:
        """A value that a collection's field has somewhere, the same one every time."""
        if (name, field) not in self._values:
            asked = {"find": name, "filter": {field: {"$ne": None}}, "projection": {field: 1}, "limit": 1}
            value = next((at_path(one, field) for one in self.connection.rows(asked)), None)
            self._values[name, field] = value[0] if isinstance(value, list) and value else value
        return self._values[name, field]

    def forget(self) -> None:
        """Rows have changed, so other plans may win."""
        self._seen.clear()

    def _planned(self, command: Command) -> Explained:
        return read_explain(self.connection.explain(command, "queryPlanner", TIMEOUT_MS))

    def _ran(self, command: Command) -> Seen:
        return read_lookups(self.connection.explain(command, "executionStats", TIMEOUT_MS))

    def _digest(self, command: Command) -> bytes:
        options = self.connection.database.codec_options
        return blake2b(encode(command, codec_options=options), digest_size=16).digest()

    def _indexes(self, names: Iterable[str]) -> tuple[frozenset[Index], ...]:
        return tuple(self._shown(name) for name in names) if self._shown else ()


def _read(command: Command) -> list[str]:
    """The collections that are read once, rather than for each document of another one."""
    found = stages(command.get("pipeline", ()))
    united = (collection(name, body) for name, body in found if name == "$unionWith")
    return [_own(command), *united]


def _joined(command: Command) -> list[str]:
    """Those that a plan's own joins read: of joins without a pipeline, which alone are in a plan."""
    found = stages(command.get("pipeline", ()))
    return [collection(name, body) for name, body in found if name == "$lookup" and "pipeline" not in body]


def _mentioned(command: Command) -> list[str]:
    """All of them."""
    found = (collection(name, body) for name, body in stages(command["pipeline"]))
    return [_own(command), *filter(None, found)]


def _own(command: Command) -> str:
    """The collection that a command is sent to: a command begins with its name and that."""
    return str(next(iter(command.values())))
