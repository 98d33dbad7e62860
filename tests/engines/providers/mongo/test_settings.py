from __future__ import annotations

import pytest

from optimizer.engines.providers.mongo.settings import LEAST_CACHE_BYTES, notes, server_arguments


@pytest.mark.parametrize(("budget", "gigabytes"), [(1 << 30, "1.0000"), (384 << 20, "0.3750"), (1, "0.2500")])
def test_the_memory_budget_is_the_cache_but_never_less_than_mongod_takes(budget: int, gigabytes: str) -> None:
    assert f"--wiredTigerCacheSizeGB={gigabytes}" in server_arguments(budget)


def test_a_cache_that_is_larger_than_asked_for_is_said() -> None:
    assert notes(LEAST_CACHE_BYTES) == ()
    assert "256 MB, the least that it takes; 64 MB were asked for" in notes(64 << 20)[0]


def test_durability_is_left_as_it_is() -> None:
    assert not any("journal" in argument.lower() for argument in server_arguments(1 << 30))


def test_no_row_expires_during_a_measurement() -> None:
    assert "ttlMonitorEnabled=false" in server_arguments(1 << 30)
