"""Where the databases of a server are: in the server itself, or wherever else each of them lives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from optimizer.engines.postgres import scratch
from optimizer.engines.postgres.scripts.roles import Roles
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint

_OWN_SETTINGS = """
    SELECT 1 FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = %s
    """
"""What ALTER DATABASE ... SET has said isn't copied."""

_STRATEGIES = 150_000
"""The version from which CREATE DATABASE can be told how to copy."""


class Databases(ABC):
    """Makes, copies and removes empty databases by their names."""

    @abstractmethod
    def new_name(self, label: str) -> str:
        """A name that nothing else has."""

    @abstractmethod
    def conninfo(self, name: str) -> str:
        """libpq's, of a database that is there."""

    @abstractmethod
    def roles(self, name: str) -> Roles:
        """The roles that a database's schema may speak of."""

    @abstractmethod
    def create(self, name: str) -> None:
        """Make an empty one."""

    @abstractmethod
    def can_be_copied(self, name: str) -> bool:
        """Whether a copy is the same as the original."""

    @abstractmethod
    def copy(self, source: str, name: str) -> None:
        """Make a copy of one that nobody is connected to."""

    @abstractmethod
    def rename(self, name: str, new: str) -> None:
        """Give one that nobody is connected to another name."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove one, cutting off its sessions."""

    @property
    @abstractmethod
    def gone(self) -> bool:
        """Whether the server doesn't answer any more."""

    @abstractmethod
    def forget_roles(self) -> None:
        """Remove the roles that were made; their databases are gone by now."""

    @abstractmethod
    def close(self) -> None:
        """Close what was opened here; closing twice is fine."""


class ServerDatabases(Databases):
    """Those of one PostgreSQL server."""

    def __init__(self, endpoint: PostgresEndpoint, admin: psycopg.Connection[Any]) -> None:
        self._conninfo = endpoint.conninfo
        self._claim = endpoint.claim
        self._own = endpoint.own
        self._admin = admin
        self._mark = scratch.mark(endpoint.claim)
        self._roles = Roles(admin, self._mark, endpoint.own)

    def new_name(self, label: str) -> str:
        return scratch.new_name(self._claim, label)

    def conninfo(self, name: str) -> str:
        return make_conninfo(self._conninfo, dbname=name)

    def roles(self, name: str) -> Roles:
        return self._roles

    def create(self, name: str) -> None:
        scratch.create(self._admin, name, self._mark)

    def can_be_copied(self, name: str) -> bool:
        return self._admin.execute(_OWN_SETTINGS, [name]).fetchone() is None

    def copy(self, source: str, name: str) -> None:
        """By files where the server is our own: that is sooner done, and has all of its databases written to
        disk first."""
        by_files = self._own and self._admin.info.server_version >= _STRATEGIES
        scratch.copy(self._admin, source, name, self._mark, by_files=by_files)

    def rename(self, name: str, new: str) -> None:
        scratch.rename(self._admin, name, new)

    def drop(self, name: str) -> None:
        scratch.drop(self._admin, name)

    @property
    def gone(self) -> bool:
        return self._admin.broken

    def forget_roles(self) -> None:
        self._roles.drop()

    def close(self) -> None:
        self._admin.close()
