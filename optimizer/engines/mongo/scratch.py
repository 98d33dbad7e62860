"""Our own databases on a server: how they are named and marked, and how those of dead runs are cleaned."""

from __future__ import annotations

import re
import secrets

from pymongo.errors import OperationFailure

from optimizer.engines.mongo import client_sessions
from optimizer.engines.mongo.client import Client
from optimizer.engines.mongo.mark import MARK, OURS
from optimizer.engines.providers.claims import is_dead
from optimizer.engines.providers.home import Home

PREFIX = "optimizer_"
_LABEL_LENGTH = 20


def new_name(claim: str, label: str) -> str:
    """A database name that nothing else uses; the label is cut so that the name fits into 63 bytes."""
    readable = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:_LABEL_LENGTH]
    return f"{PREFIX}{claim.replace('-', '_')}_{secrets.token_hex(4)}_{readable}"


def create(client: Client, name: str, claim: str) -> None:
    """An empty database with the mark in it: a database is there from its first document on."""
    client[name][MARK].insert_one({**OURS, "claim": claim})


def drop(client: Client, name: str) -> None:
    """Remove one of our databases; ValueError for a name without our prefix."""
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} isn't one of the optimizer's own databases")
    client.drop_database(name)


def clean(client: Client, home: Home) -> tuple[str, ...]:
    """Drop databases that dead runs on this machine left, with what their clients left open, and name them.

    Only what carries both our prefix and our mark is touched, and only where this user may read the mark.
    """
    names = [name for name in client.list_database_names() if name.startswith(PREFIX)]
    dead = tuple(name for name in names if _is_dead(client, name, home))
    for name in dead:
        client_sessions.end(client, name)
        drop(client, name)
    return dead


def _is_dead(client: Client, name: str, home: Home) -> bool:
    """True for a mark of ours whose process, on this machine, no longer runs."""
    try:
        found = client[name][MARK].find_one(OURS)
    except OperationFailure:
        return False
    return found is not None and is_dead(home, str(found.get("claim")))
