"""What all providers of PostgreSQL have in common."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint


class PostgresProvider(Provider[PostgresEndpoint]):
    """One way to a PostgreSQL server."""

    engine = "postgres"
    title = "PostgreSQL"
