"""The engines. Nothing above this package names one."""

from optimizer.engines.base import Engine
from optimizer.engines.postgres.engine import PostgresEngine

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (PostgresEngine(),)}
"""Every engine of this version, by its name in workload files."""
