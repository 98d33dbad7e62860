"""What a TimescaleDB server can do: asked of it, not assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from optimizer.engines.timescale.dialect import Dialect, dialect_of
from optimizer.model.hypertables import ContinuousAggregate, Hypertable
from optimizer.model.structure import Structure

APACHE = "apache"
"""The edition without what TimescaleDB's own licence covers."""

_LICENSE = "SELECT coalesce(current_setting('timescaledb.license', true), '')"
_WORKERS = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type LIKE 'TimescaleDB Background Worker%')
    """
_LACKING = "TimescaleDB's apache edition has no columnstore, no continuous aggregates and no policies"
_ONE_SESSION = "it takes one statement at a time: concurrent clients aren't measured"
_NO_WORKERS = (
    "policies don't run by themselves there: old chunks are stored by columns, and continuous aggregates "
    "refreshed, when the optimizer says so"
)


@dataclass(frozen=True, slots=True)
class Abilities:
    """`version` is the extension's, `edition` what timescaledb.license says (empty: unknown).

    `sessions`: connections are sessions of their own. `workers`: policies run by themselves.
    """

    version: str
    edition: str
    sessions: bool
    workers: bool

    @property
    def dialect(self) -> Dialect:
        """The words of the version."""
        return dialect_of(self.version)

    @property
    def policies(self) -> bool:
        """Whether there are policies, whoever runs them."""
        return self.edition != APACHE

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What matters of it, for those who compare results."""
        return (
            ("timescaledb", self.version),
            ("timescaledb.license", self.edition or "unknown"),
            ("timescaledb background workers", "on" if self.workers else "off"),
        )

    @property
    def notes(self) -> Iterator[str]:
        """What can't be had, for people."""
        if not self.policies:
            yield _LACKING
        elif not self.workers:
            yield _NO_WORKERS
        if not self.sessions:
            yield _ONE_SESSION

    def lacks(self, structure: Structure) -> str:
        """Why the server can't have a structure; empty where it can."""
        licensed = isinstance(structure, ContinuousAggregate) or (
            isinstance(structure, Hypertable) and structure.columnstore is not None
        )
        return _LACKING if licensed and not self.policies else ""


def abilities(version: str, one: psycopg.Connection[Any], other: psycopg.Connection[Any]) -> Abilities:
    """What a server tells two connections to a database that has the extension."""
    pids = [_value(connection, "SELECT pg_backend_pid()") for connection in (one, other)]
    return Abilities(version, str(_value(one, _LICENSE)), pids[0] != pids[1], bool(_value(one, _WORKERS)))


def _value(connection: psycopg.Connection[Any], query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
