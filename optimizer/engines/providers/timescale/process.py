"""One database of the embedded TimescaleDB: a Node process on a data folder, reached at a Unix socket."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.timescale.installation import SERVER, Installation, environment
from optimizer.engines.providers.timescale.settings import embedded_options, session_settings
from optimizer.errors import EngineUnavailable

USER = "postgres"
DATABASE = "template1"
"""The one database that PGlite opens."""

EXTENSIONS = (
    "amcheck",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "ltree",
    "pg_trgm",
    "unaccent",
    "uuid_ossp",
)
"""What can be created beside timescaledb, by the names of PGlite's bundles."""

START_SECONDS = 60.0
POLL_SECONDS = 0.02
WAIT_MS = 30_000
"""How long a connection waits for another one's transaction to end."""

_LIMITED = ("/bin/sh", "-c", 'ulimit -c 0; exec "$@"', "sh")
"""No core file: it would be as large as the memory that WebAssembly reserves."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process works: its data folder, and the port that names its socket; nothing listens on TCP."""

    layout: Layout
    data: Path
    port: int

    @property
    def socket(self) -> Path:
        return self.layout.sockets / f".s.PGSQL.{self.port}"

    @property
    def ready(self) -> Path:
        return self.layout.sockets / f"ready-{self.port}"

    @property
    def conninfo(self) -> str:
        return make_conninfo(host=str(self.layout.sockets), port=self.port, user=USER, dbname=DATABASE)


def start(installation: Installation, place: Place, memory_bytes: int) -> subprocess.Popen[bytes]:
    """A process that takes connections; an empty folder is made a database first.

    It ends by itself soon after this process has. EngineUnavailable where it doesn't start.
    """
    place.ready.unlink(missing_ok=True)
    child = _launch(installation, place, memory_bytes)
    try:
        _wait_until_ready(child, place)
    except BaseException:
        stop(child)
        raise
    return child


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the process at once, in the middle of a statement too: what was committed is on disk."""
    child.kill()
    child.wait()


def _launch(installation: Installation, place: Place, memory_bytes: int) -> subprocess.Popen[bytes]:
    """In a session of its own; its working folder is the layout's, by which leftovers are found."""
    configuration = _configuration(installation, place, memory_bytes)
    with place.layout.log.open("ab") as log:
        return subprocess.Popen(
            [*_LIMITED, installation.node, str(SERVER), json.dumps(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=place.layout.data,
            env=environment(),
            start_new_session=True,
        )


def _configuration(installation: Installation, place: Place, memory_bytes: int) -> dict[str, object]:
    return {
        "packages": str(installation.packages),
        "data": str(place.data),
        "socket": str(place.socket),
        "ready": str(place.ready),
        "user": USER,
        "database": DATABASE,
        "options": dict(embedded_options(memory_bytes)),
        "session": dict(session_settings(memory_bytes)),
        "extensions": EXTENSIONS,
        "wait_ms": WAIT_MS,
        "parent": os.getpid(),
    }


def _wait_until_ready(child: subprocess.Popen[bytes], place: Place) -> None:
    for _ in attempts(START_SECONDS, POLL_SECONDS):
        if place.ready.exists():
            return
        if child.poll() is not None:
            raise EngineUnavailable("the embedded TimescaleDB didn't start", place.layout.log_tail())
    raise EngineUnavailable(
        f"the embedded TimescaleDB wasn't ready after {START_SECONDS:.0f} s", place.layout.log_tail()
    )
