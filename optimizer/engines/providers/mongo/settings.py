"""The settings of every mongod that we start ourselves; pure.

Durability is MongoDB's default (journal on), as it is for every engine. Nothing runs on its own in the
background that would disturb a measurement, or take rows away.
"""

from __future__ import annotations

REPLICA_SET = "rs"
LEAST_CACHE_BYTES = 256 << 20
"""What --wiredTigerCacheSizeGB takes at least."""

_PARAMETERS = (
    ("diagnosticDataCollectionEnabled", "false"),
    ("transactionLifetimeLimitSeconds", "3600"),
    ("ttlMonitorEnabled", "false"),
)
_OPLOG_MB = 1024
_NEVER_SLOW_MS = 1 << 30


def server_arguments(memory_bytes: int) -> list[str]:
    """The arguments of `mongod`: the budget is WiredTiger's cache, as it is PostgreSQL's shared buffers.

    A replica set of one member: a standalone server has no transactions. Slow statements aren't logged.
    """
    arguments = [
        f"--replSet={REPLICA_SET}",
        f"--wiredTigerCacheSizeGB={cache_bytes(memory_bytes) / (1 << 30):.4f}",
        f"--oplogSize={_OPLOG_MB}",
        f"--slowms={_NEVER_SLOW_MS}",
        "--quiet",
    ]
    return arguments + [part for name, value in _PARAMETERS for part in ("--setParameter", f"{name}={value}")]


def cache_bytes(memory_bytes: int) -> int:
    return max(memory_bytes, LEAST_CACHE_BYTES)


def notes(memory_bytes: int) -> tuple[str, ...]:
    """What the user should know of the settings."""
    if memory_bytes >= LEAST_CACHE_BYTES:
        return ()
    asked, given = memory_bytes >> 20, LEAST_CACHE_BYTES >> 20
    return (f"MongoDB's cache is {given} MB, the least that it takes; {asked} MB were asked for",)
