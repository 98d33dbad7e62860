"""Turning a mongod that has just started into a replica set of one member, which takes writes."""

from __future__ import annotations

from contextlib import closing

from pymongo.errors import OperationFailure

from optimizer.engines.mongo.client import Client, client
from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.mongo.settings import REPLICA_SET
from optimizer.errors import EngineUnavailable

PRIMARY_SECONDS = 30.0
POLL_SECONDS = 0.02
ALREADY_INITIALIZED = 23


def initiate(uri: str, member: str) -> tuple[int, int, int]:
    """Make the server at `uri` a replica set's only member, known as `member`; the server's version.

    The client from before the initiation is closed: it would refuse sessions.
    """
    with closing(client(uri)) as before:
        _initiate(before, member)
    with closing(client(uri)) as after:
        _wait_for_primary(after)
        return version_of(after)


def version_of(connected: Client) -> tuple[int, int, int]:
    """The server's version."""
    major, minor, patch, *_ = connected.server_info()["versionArray"]
    return major, minor, patch


def _initiate(before: Client, member: str) -> None:
    configuration = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": member}]}
    try:
        before.admin.command("replSetInitiate", configuration)
    except OperationFailure as error:
        if error.code != ALREADY_INITIALIZED:
            raise


def _wait_for_primary(after: Client) -> None:
    for _ in attempts(PRIMARY_SECONDS, POLL_SECONDS):
        if after.admin.command("hello")["isWritablePrimary"]:
            return
    raise EngineUnavailable(f"MongoDB took no writes within {PRIMARY_SECONDS:.0f} s")
