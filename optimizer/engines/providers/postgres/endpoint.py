"""Where a PostgreSQL server is."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.engines.providers.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresEndpoint(Endpoint):
    """A PostgreSQL server; where it is our own, we are superuser.

    `conninfo` is libpq's, and leads to a database that always exists. `version` is PostgreSQL's number
    (180006).
    """

    conninfo: str = field(repr=False)
    superuser: bool
    version: int
