"""Where a TimescaleDB server is."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.timescale.processes import DatabaseProcesses


@dataclass(frozen=True, slots=True, kw_only=True)
class TimescaleEndpoint(PostgresEndpoint):
    """A PostgreSQL server where the extension can be had.

    `extension` is the version that CREATE EXTENSION gives. `indicative`: not what a user would deploy.
    `processes` makes databases where each is a process of its own; None where CREATE DATABASE does.
    """

    extension: str
    indicative: bool = False
    processes: DatabaseProcesses | None = field(default=None, repr=False, compare=False)
