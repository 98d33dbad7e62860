"""The settings of every PostgreSQL server that we start ourselves; pure.

The planner and the cache get what the workload's memory budget says; durability is PostgreSQL's default
(fsync, synchronous_commit and full_page_writes on), as it is for every engine. Nothing runs on its own in
the background that would disturb a measurement.
"""

from __future__ import annotations

MIB = 1 << 20

INITDB_ARGUMENTS = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
)
"""Text sorts by code point, on every machine alike; lower() and upper() know all of Unicode."""

Settings = tuple[tuple[str, str], ...]

_FIXED: Settings = (
    ("autovacuum", "off"),
    ("checkpoint_timeout", "30min"),
    ("huge_pages", "try"),
    ("jit", "off"),
    ("log_min_messages", "log"),
    ("maintenance_work_mem", "256MB"),
    ("max_connections", "64"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "8GB"),
    ("random_page_cost", "1.1"),
    ("shared_preload_libraries", "pg_stat_statements"),
    ("timezone", "UTC"),
    ("track_io_timing", "on"),
    ("wal_level", "minimal"),
)


def server_settings(memory_bytes: int) -> Settings:
    """Names and values in the order of their names; the budget is PostgreSQL's and its planner's cache."""
    cache = f"{max(memory_bytes // MIB, 16)}MB"
    memory = (
        ("effective_cache_size", cache),
        ("shared_buffers", cache),
        ("work_mem", f"{work_mem_mib(memory_bytes)}MB"),
    )
    return tuple(sorted((*_FIXED, *memory)))


def work_mem_mib(memory_bytes: int) -> int:
    """A 64th of the budget (as many as connections are allowed), not under PostgreSQL's 4 and not over 64."""
    return min(max(memory_bytes // MIB // 64, 4), 64)


def as_arguments(settings: Settings) -> list[str]:
    """The settings as arguments of `postgres`."""
    return [part for name, value in settings for part in ("-c", f"{name}={value}")]
