"""One client's way to a database: a command out, its whole answer back.

Documents arrive as they are on the wire (RawBSONDocument) and are turned into Python objects only where they
are asked for: what is timed is the server, the wire and the driver. A ready command sent by
`Database.command` costs less than `Collection.find`, which makes the command and a cursor object first.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from bson.codec_options import CodecOptions
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from pymongo.errors import PyMongoError

from optimizer.engines.mongo.client import client
from optimizer.engines.mongo.commands import BATCH, Command
from optimizer.engines.mongo.failures import lost, refusal

_LENGTH = struct.Struct("<i")
_LONG = struct.Struct("<q")
_STRING = 0x02
_LONGEST_NAME = 40
_FIXED = {0x01: 8, 0x08: 1, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8}
"""Bytes of a value by its type: double, bool, null, int32, timestamp, int64 (bsonspec.org)."""


class Connection:
    """A connection with a session of its own; not to be shared between threads.

    MeasurementLost where no server answers. Nothing is sent that an application wouldn't send: no causal
    consistency, which a lone server has anyway.
    """

    def __init__(self, uri: str, name: str) -> None:
        self._client = client(uri)
        self.session = self._client.start_session(causal_consistency=False)
        self.database = self._client[name]
        self._options = self.database.codec_options
        self._raw: CodecOptions[RawBSONDocument] = self._options.with_options(document_class=RawBSONDocument)
        self._durable: Mapping[str, Any] = self._client.write_concern.document
        try:
            self.ping()
        except PyMongoError as error:
            self.close()
            raise lost(error) from error

    def fetch(self, command: Command) -> None:
        """Run a find or an aggregate until its last row has arrived."""
        cursor = self._sent(command)["cursor"]
        while cursor_id(cursor.raw):
            cursor = self._sent(_more(cursor))["cursor"]

    def rows(self, command: Command) -> list[dict[str, Any]]:
        """The documents of a find or an aggregate."""
        cursor = self._asked(command)["cursor"]
        found: list[dict[str, Any]] = cursor["firstBatch"]
        while cursor["id"]:
            cursor = self._asked(_more(cursor))["cursor"]
            found += cursor["nextBatch"]
        return found

    def write(self, command: Command) -> int:
        """Run an insert, update or delete; how many documents went in, matched, or went.

        Refused with its first error.
        """
        if not self.session.in_transaction:
            command["writeConcern"] = self._durable
        reply = self._sent(command)
        if errors := reply.get("writeErrors"):
            raise refusal(_plain(errors[0]))
        return int(reply["n"])

    def changed(self, command: Command) -> list[dict[str, Any]]:
        """The document that a findAndModify found and changed, as it was; none where it found none."""
        found = self._asked(command)["value"]
        return [] if found is None else [found]

    def draw(self, command: Command) -> int:
        """The next number of a sequence, drawn outside any transaction."""
        return int(self.database.command(command)["value"]["value"])

    def ping(self) -> None:
        """Run a command that does nothing."""
        self._sent({"ping": 1})

    def explain(self, command: Command, verbosity: str, timeout_ms: int) -> dict[str, Any]:
        """The server's explanation of a command."""
        explained = {"explain": command, "verbosity": verbosity, "maxTimeMS": timeout_ms}
        return self.database.command(explained, codec_options=self._options)

    def close(self) -> None:
        """End the session and the connection; closing twice is fine."""
        self.session.end_session()
        self._client.close()

    def _sent(self, command: Command) -> RawBSONDocument:
        return self.database.command(command, codec_options=self._raw, session=self.session)

    def _asked(self, command: Command) -> dict[str, Any]:
        return self.database.command(command, codec_options=self._options, session=self.session)


def cursor_id(cursor: bytes | memoryview) -> int:
    """The id in a cursor's document, found without reading its rows; 0 where all rows are there."""
    place = 4
    while kind := cursor[place]:
        name = bytes(cursor[place + 1 : place + _LONGEST_NAME]).partition(b"\0")[0]
        place += len(name) + 2
        if name == b"id":
            return int(_LONG.unpack_from(cursor, place)[0])
        place += _size(cursor, kind, place)
    return 0


def _size(document: bytes | memoryview, kind: int, place: int) -> int:
    """The bytes of a value of the kinds that a cursor's document has."""
    if kind in _FIXED:
        return _FIXED[kind]
    length = int(_LENGTH.unpack_from(document, place)[0])
    return length + 4 if kind == _STRING else length


def _more(cursor: Mapping[str, Any]) -> Command:
    """The command for a cursor's next batch."""
    collection = str(cursor["ns"]).partition(".")[2]
    return {"getMore": Int64(cursor["id"]), "collection": collection, "batchSize": BATCH}


def _plain(value: Any) -> Any:
    """A raw document as dicts and lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
