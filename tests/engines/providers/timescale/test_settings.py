from __future__ import annotations

import pytest

from optimizer.engines.providers.timescale.settings import (
    embedded_options,
    native_settings,
    session_settings,
)

MIB = 1 << 20


@pytest.mark.parametrize(
    ("memory_mib", "buffers"),
    [(1, "16MB"), (64, "64MB"), (512, "512MB"), (1024, "512MB"), (1 << 20, "512MB")],
)
def test_buffers_stay_within_what_webassembly_has(memory_mib: int, buffers: str) -> None:
    assert dict(embedded_options(memory_mib * MIB))["shared_buffers"] == buffers


def test_the_planner_knows_the_whole_budget() -> None:
    assert dict(session_settings(4096 * MIB))["effective_cache_size"] == "4096MB"


def test_a_native_server_preloads_the_extension_and_runs_nothing_by_itself() -> None:
    found = dict(native_settings(64 * MIB))
    assert found["shared_preload_libraries"] == "timescaledb,pg_stat_statements"
    assert found["timescaledb.max_background_workers"] == "0"
    assert found["autovacuum"] == "off"
    assert list(found) == sorted(found)
