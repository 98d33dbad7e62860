"""The providers of PostgreSQL."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.postgres.container import Container
from optimizer.engines.providers.postgres.embedded import Embedded
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.external import External

POSTGRES_PROVIDERS: tuple[Provider[PostgresEndpoint], ...] = (External(), Container(), Embedded())
"""In the order in which `auto` prefers them."""
