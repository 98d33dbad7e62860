"""Databases in which TimescaleDB is at home: of one server, or each in a process of its own."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any

import psycopg
from psycopg import errors

from optimizer.engines.postgres import scratch
from optimizer.engines.postgres.databases import Databases, ServerDatabases
from optimizer.engines.postgres.loading.maintenance import open_connection
from optimizer.engines.postgres.scripts.roles import Roles
from optimizer.engines.providers.timescale.processes import DatabaseProcesses

_STOP_JOBS = b"SELECT _timescaledb_functions.stop_background_workers()"
EXTENSION = "CREATE EXTENSION IF NOT EXISTS timescaledb"


class ExtendedDatabases(ServerDatabases):
    """Those of one server; the extension is created in each, and its jobs don't run there."""

    def create(self, name: str) -> None:
        super().create(name)
        with open_connection(self.conninfo(name)) as connection:
            connection.execute(EXTENSION.encode())
            with suppress(errors.InsufficientPrivilege):
                connection.execute(_STOP_JOBS)

    def can_be_copied(self, name: str) -> bool:
        """The extension's launcher may connect to the original at any time."""
        return False


class ProcessDatabases(Databases):
    """Each is a process that was started with the extension; its roles go with it."""

    def __init__(self, processes: DatabaseProcesses, claim: str) -> None:
        self.processes = processes
        self._mark = scratch.mark(claim)
        self._numbers = count(1)
        self._conninfos: dict[str, str] = {}
        self._admins: dict[str, psycopg.Connection[Any]] = {}

    def new_name(self, label: str) -> str:
        return f"{label} {next(self._numbers)}"

    def conninfo(self, name: str) -> str:
        return self._conninfos[name]

    def roles(self, name: str) -> Roles:
        admin = self._admins.get(name)
        if admin is None or admin.closed:
            admin = self._admins[name] = open_connection(self.conninfo(name))
        return Roles(admin, self._mark, own_server=True)

    def create(self, name: str) -> None:
        self._conninfos[name] = self.processes.create(name)

    def can_be_copied(self, name: str) -> bool:
        """A template would be one more process; rows are read as soon."""
        return False

    def copy(self, source: str, name: str) -> None:
        self._conninfos[name] = self.processes.copy(source, name)

    def rename(self, name: str, new: str) -> None:
        self.processes.rename(name, new)
        self._conninfos[new] = self._conninfos.pop(name)
        self._admins |= {new: self._admins.pop(name)} if name in self._admins else {}

    def drop(self, name: str) -> None:
        if admin := self._admins.pop(name, None):
            admin.close()
        del self._conninfos[name]
        self.processes.drop(name)

    @property
    def gone(self) -> bool:
        return False

    def forget_roles(self) -> None:
        self._admins.clear()

    def close(self) -> None:
        for admin in self._admins.values():
            admin.close()
