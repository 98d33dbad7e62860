"""The external provider of MongoDB."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from pymongo.errors import OperationFailure, PyMongoError

from optimizer.engines.mongo.client import Client, client
from optimizer.engines.providers.external import SETTINGS_STAY, ExternalProvider
from optimizer.engines.providers.mongo.address import FORMS, Address, parse
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.provider import MongoProvider
from optimizer.engines.providers.mongo.replica_set import version_of
from optimizer.engines.providers.mongo.versions import check
from optimizer.errors import EngineUnavailable

ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase")
NEEDED = frozenset(
    ("collMod", "createCollection", "createIndex", "dropDatabase", "dropIndex", "find", "insert", "remove")
)
PATIENCE_MS = 10_000
STANDALONE = "a standalone server: it has no transactions, so writes can't be rolled back"


class External(MongoProvider, ExternalProvider[MongoEndpoint]):
    """A MongoDB that runs already, named by a URI."""

    forms = FORMS

    def describe(self, dsn: str) -> str:
        return str(parse(dsn))

    def reach(self, dsn: str, claim_id: str) -> MongoEndpoint:
        address = parse(dsn)
        try:
            with closing(client(address.uri, PATIENCE_MS)) as connected:
                version, transactions = _check(connected)
        except (PyMongoError, OSError, ValueError) as error:
            problem = f"can't connect to {address}: {_explained(error, address)}"
            raise EngineUnavailable(problem, FORMS) from None
        return MongoEndpoint(
            uri=address.uri,
            provider=self.name,
            own=False,
            version=version,
            claim=claim_id,
            transactions=transactions,
            notes=(SETTINGS_STAY,) if transactions else (SETTINGS_STAY, STANDALONE),
        )


def _check(connected: Client) -> tuple[tuple[int, int, int], bool]:
    """The server's version, and whether it has transactions; EngineUnavailable where it won't do."""
    version = version_of(connected)
    check("the external server", version)
    hello = connected.admin.command("hello")
    if not hello["isWritablePrimary"]:
        raise EngineUnavailable(
            "the external server takes no writes",
            "it is a secondary, or its replica set isn't initiated: name the primary, "
            "or leave directConnection out",
        )
    _check_rights(connected)
    return version, "setName" in hello or hello.get("msg") == "isdbgrid"


def _check_rights(connected: Client) -> None:
    """Nobody needs a right on a server without access control."""
    status = connected.admin.command({"connectionStatus": 1, "showPrivileges": True})["authInfo"]
    if not status["authenticatedUsers"]:
        _check_open(connected)
        return
    missing = NEEDED - _allowed_everywhere(status["authenticatedUserPrivileges"])
    if missing:
        user = status["authenticatedUsers"][0]["user"]
        roles = ", ".join(f'"{role}"' for role in ROLES)
        raise EngineUnavailable(
            f"the user {user} may not {', '.join(sorted(missing))} in new databases of the external server",
            f'an administrator there can allow it: db.grantRolesToUser("{user}", [{roles}])',
        )


def _allowed_everywhere(privileges: list[dict[str, Any]]) -> frozenset[str]:
    """The actions that are allowed on every collection of every database, those to come included."""
    every = [one for one in privileges if _is_everywhere(one["resource"])]
    return frozenset(action for one in every for action in one["actions"])


def _is_everywhere(resource: dict[str, Any]) -> bool:
    return bool(resource.get("anyResource")) or resource == {"db": "", "collection": ""}


def _check_open(connected: Client) -> None:
    try:
        connected.list_database_names()
    except OperationFailure:
        raise EngineUnavailable("the external server wants a user and a password", FORMS) from None


def _explained(error: Exception, address: Address) -> str:
    """The driver's message on one line, without its own settings and without any secret."""
    details = error.details if isinstance(error, OperationFailure) else None
    text = str((details or {}).get("errmsg", error)).partition(", Timeout: ")[0]
    text = re.sub(r" \(configured timeouts:[^)]*\)", "", text)
    return address.masked(re.sub(r"\s+", " ", text).strip())
