"""MongoDB in a container."""

from __future__ import annotations

from contextlib import closing

from pymongo.errors import ConnectionFailure, OperationFailure

from optimizer.engines.mongo.client import client
from optimizer.engines.providers.container import ContainerProvider, Recipe
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.provider import MongoProvider
from optimizer.engines.providers.mongo.replica_set import initiate
from optimizer.engines.providers.mongo.settings import cache_bytes, notes, server_arguments
from optimizer.engines.providers.mongo.versions import check

IMAGE_VARIABLE = "OPTIMIZER_MONGO_IMAGE"
ROOT = "root"
CONNECT_MS = 1_000
PORT = 27017

KEY_FILE = "/data/configdb/keyfile"
"""Members of a replica set know each other by it; with a password, even a single member needs one."""

COMMAND = (
    f"(umask 077; head -c 512 /dev/urandom | base64 -w 0 >{KEY_FILE}); "
    f'chown mongodb:mongodb {KEY_FILE}; exec docker-entrypoint.sh mongod --keyFile={KEY_FILE} "$@"'
)


class Container(MongoProvider, ContainerProvider[MongoEndpoint]):
    """The official MongoDB image (5.0 or later)."""

    official = "mongo:8"
    variable = IMAGE_VARIABLE
    port = PORT

    def recipe(self, password: str, memory_bytes: int) -> Recipe:
        environment = {"MONGO_INITDB_ROOT_USERNAME": ROOT, "MONGO_INITDB_ROOT_PASSWORD": password}
        command = ["sh", "-c", COMMAND, "mongod", *server_arguments(memory_bytes)]
        return Recipe(environment, command)

    def reach(
        self, host: str, port: int, password: str, claim_id: str, memory_bytes: int
    ) -> MongoEndpoint | None:
        uri = f"mongodb://{ROOT}:{password}@{host}:{port}/?authSource=admin&directConnection=true"
        if not _answers(uri):
            return None
        version = initiate(uri, f"127.0.0.1:{PORT}")
        check(f"the server in {self.image}", version)
        return MongoEndpoint(
            uri=uri,
            provider=self.name,
            own=True,
            version=version,
            claim=claim_id,
            notes=notes(memory_bytes),
            cache_bytes=cache_bytes(memory_bytes),
        )


def _answers(uri: str) -> bool:
    """Whether the server takes connections there, and knows the password (yet)."""
    with closing(client(uri, CONNECT_MS)) as connected:
        try:
            connected.admin.command("ping")
        except (ConnectionFailure, OperationFailure):
            return False
    return True
