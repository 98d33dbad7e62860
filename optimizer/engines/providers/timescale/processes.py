"""The databases of the embedded TimescaleDB, each of them a process of its own."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.timescale import folders, process
from optimizer.engines.providers.timescale.installation import Installation
from optimizer.engines.providers.timescale.process import Place

FIRST_PORT = 5432


@dataclass(slots=True)
class _Database:
    place: Place
    memory_bytes: int
    child: subprocess.Popen[bytes]


class DatabaseProcesses:
    """Makes, copies, restarts and removes databases; each is reached by a conninfo of its own.

    `empty` is the data folder that a new one is a copy of, `memory_bytes` the budget of each. A process takes
    several connections, which take turns; it has no timeouts and can't cancel a statement: `restart` ends it.
    Names are the caller's; an unknown one is a KeyError, one that is in use a ValueError.
    """

    def __init__(self, installation: Installation, layout: Layout, empty: Path, memory_bytes: int) -> None:
        self._installation = installation
        self._layout = layout
        self._empty = empty
        self._memory_bytes = memory_bytes
        self._databases: dict[str, _Database] = {}
        self._next_port = FIRST_PORT

    def create(self, name: str, memory_bytes: int | None = None) -> str:
        """The conninfo of a new database that holds the extension and nothing else."""
        place = self._new_place(name)
        shutil.copytree(self._empty, place.data)
        return self._open(name, place, memory_bytes or self._memory_bytes)

    def copy(self, source: str, name: str) -> str:
        """The conninfo of a copy; psycopg's error where a transaction is open in the source.

        What is being written there meanwhile by another thread would spoil the copy.
        """
        original = self._databases[source].place
        place = self._new_place(name)
        folders.copy_database(original.conninfo, original.data, place.data)
        return self._open(name, place, self._databases[source].memory_bytes)

    def rename(self, name: str, new: str) -> None:
        """Know a database by another name from now on; its conninfo stays."""
        self._check_free(new)
        self._databases[new] = self._databases.pop(name)

    def restart(self, name: str) -> str:
        """Kill the process, whatever it does, and start it on its folder: only connections are lost.

        What was committed stays, what wasn't is rolled back.
        """
        database = self._databases[name]
        process.stop(database.child)
        database.child = process.start(self._installation, database.place, database.memory_bytes)
        return database.place.conninfo

    def drop(self, name: str) -> None:
        """End the process and remove its data."""
        database = self._databases.pop(name)
        process.stop(database.child)
        database.place.socket.unlink(missing_ok=True)
        database.place.ready.unlink(missing_ok=True)
        shutil.rmtree(database.place.data)

    def close(self) -> None:
        """End all processes; their folders are the layout's."""
        while self._databases:
            _, database = self._databases.popitem()
            process.stop(database.child)

    def _new_place(self, name: str) -> Place:
        self._check_free(name)
        port = self._next_port
        self._next_port += 1
        return Place(self._layout, self._layout.data / str(port), port)

    def _check_free(self, name: str) -> None:
        if name in self._databases:
            raise ValueError(f"there is a database {name} already")

    def _open(self, name: str, place: Place, memory_bytes: int) -> str:
        try:
            child = process.start(self._installation, place, memory_bytes)
        except BaseException:
            shutil.rmtree(place.data, ignore_errors=True)
            raise
        self._databases[name] = _Database(place, memory_bytes, child)
        return place.conninfo
