from __future__ import annotations

import pytest

from optimizer.engines.providers.postgres.settings import MIB, as_arguments, server_settings, work_mem_mib


def test_the_memory_budget_is_the_cache() -> None:
    settings = dict(server_settings(1 << 30))
    assert settings["shared_buffers"] == "1024MB"
    assert settings["effective_cache_size"] == "1024MB"
    assert settings["work_mem"] == "16MB"


@pytest.mark.parametrize(("budget", "expected"), [(1 * MIB, 4), (1024 * MIB, 16), (1 << 40, 64)])
def test_work_mem_follows_the_budget_within_bounds(budget: int, expected: int) -> None:
    assert work_mem_mib(budget) == expected


def test_durability_is_left_as_it_is() -> None:
    assert not {"fsync", "synchronous_commit", "full_page_writes"} & dict(server_settings(1 << 30)).keys()


def test_a_tiny_budget_still_starts_a_server() -> None:
    assert dict(server_settings(1))["shared_buffers"] == "16MB"


def test_arguments_are_pairs() -> None:
    assert as_arguments((("jit", "off"), ("timezone", "UTC"))) == ["-c", "jit=off", "-c", "timezone=UTC"]
