"""How every connection to a MongoDB server is opened: one place for durability, types and retries."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient

Client = MongoClient[dict[str, Any]]

APPLICATION = "schema-optimizer"
CONNECT_MS = 10_000


def client(uri: str, patience_ms: int = CONNECT_MS) -> Client:
    """A client of the server; nothing is sent before its first operation. Not to be used across a fork.

    A write is acknowledged when the journal has it on disk, as PostgreSQL's synchronous_commit does. Nothing
    is retried by the driver: a retry would be in a measurement unseen. UUIDs are Binary subtype 4, dates
    are naive and in UTC. These options win over the URI's own. An operation gives up when no server was
    there for `patience_ms`.
    """
    return MongoClient(
        uri,
        appname=APPLICATION,
        journal=True,
        retryReads=False,
        retryWrites=False,
        serverSelectionTimeoutMS=patience_ms,
        tz_aware=False,
        uuidRepresentation="standard",
        w=1,
    )
