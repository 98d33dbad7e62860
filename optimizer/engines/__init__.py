"""The engines. Nothing above this package names one."""

from optimizer.engines.engine import Engine
from optimizer.engines.mongo.engine import MongoEngine
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.engines.timescale.engine import TimescaleEngine

REFERENCE = PostgresEngine()
"""The engine that reads the DDL, and whose answers are the reference for every other one."""

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (REFERENCE, TimescaleEngine(), MongoEngine())}
"""Every engine of this version, by its name in workload files."""
