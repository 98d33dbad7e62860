"""The settings of every TimescaleDB that we start ourselves; pure.

A native server gets what PostgreSQL gets; the extension's background workers are off, so that no policy runs
while something is measured. The embedded one is WebAssembly: it has 2 GB of memory in all, one session, and a
command line that is compiled in, of which only the options here can be replaced (backend.mjs).
"""

from __future__ import annotations

from optimizer.engines.providers.postgres.settings import MIB, Settings, server_settings, work_mem_mib

LARGEST_BUFFERS_MIB = 512
"""A quarter of WebAssembly's memory; what doesn't fit is in the operating system's cache."""

_NATIVE: Settings = (
    ("shared_preload_libraries", "timescaledb,pg_stat_statements"),
    ("timescaledb.max_background_workers", "0"),
    ("timescaledb.telemetry_level", "off"),
)


def native_settings(memory_bytes: int) -> Settings:
    """Names and values of a server in a container, in the order of their names."""
    return tuple(sorted((dict(server_settings(memory_bytes)) | dict(_NATIVE)).items()))


def embedded_options(memory_bytes: int) -> Settings:
    """What its command line says, RESET included; each value has to fit into the old one's place."""
    return (
        ("autovacuum", "off"),
        ("enable_seqscan", "on"),
        ("max_wal_size", "8GB"),
        ("random_page_cost", "1.1"),
        ("shared_buffers", f"{_buffers_mib(memory_bytes)}MB"),
        ("timezone", "UTC"),
        ("work_mem", f"{work_mem_mib(memory_bytes)}MB"),
    )


def session_settings(memory_bytes: int) -> Settings:
    """What every connection to it begins with."""
    cache = f"{max(memory_bytes // MIB, 16)}MB"
    return (
        ("client_min_messages", "notice"),
        ("effective_cache_size", cache),
        ("jit", "off"),
        ("maintenance_work_mem", "128MB"),
        ("search_path", '"$user", public'),
    )


def _buffers_mib(memory_bytes: int) -> int:
    return min(max(memory_bytes // MIB, 16), LARGEST_BUFFERS_MIB)
