"""The sessions of a database's clients, by which what a dead client left open is ended.

A transaction outlives the connection that it came over: that of a killed client holds its locks until the
server's transactionLifetimeLimitSeconds are over, and dropDatabase waits for it. Each session is therefore
noted in the mark of the scratch database that it is for; killSessions ends those, and no others. It needs no
right but to be who began them.
"""

from __future__ import annotations

from typing import Any

from pymongo.client_session import ClientSession
from pymongo.database import Database

from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.mark import MARK, OURS

_NOTED = "sessions"


def note(database: Database[dict[str, Any]], session: ClientSession) -> None:
    """Note a session in the database's mark; nothing happens to a database without one."""
    change = {"$addToSet": {_NOTED: session.session_id["id"]}}
    database[MARK].update_one(OURS, change)


def end(client: Client, name: str) -> None:
    """End what the sessions noted in a database still do, and roll their transactions back."""
    mark = client[name][MARK].find_one(OURS)
    if noted := (mark or {}).get(_NOTED):
        ids = [{"id": one} for one in noted]
        client.admin.command("killSessions", ids, codec_options=client.codec_options)
