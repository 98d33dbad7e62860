"""The figures of MongoDB on a very small shop: what they say of their own work has to be there."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bench import document_read
from bench.searching import searching
from bench.setting import Setting
from bench.workbench import MONGO, Workbench
from optimizer.errors import EngineUnavailable

SCALE = 0.002


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    """A workbench with both servers; without one, tests skip at a desk and fail in CI."""
    with Workbench(Setting(SCALE, True, lambda what: None)) as made:
        try:
            assert made.server
            assert made.mongo
        except EngineUnavailable as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
        yield made


def test_the_read_is_compared_with_both_loops(bench: Workbench) -> None:
    (figure,) = document_read.measure(bench)

    assert 0.1 < figure.value < 10
    assert len(figure.notes) == 3


def test_a_search_knows_what_writes_took_before_there_were_indexes(bench: Workbench) -> None:
    """MongoDB maintains hidden indexes: afterwards it can't be measured."""
    loaded = bench.loaded("shop", SCALE, MONGO)

    with searching(loaded, list(loaded.built), bench.setting, seed=1) as search:
        written = search.space.written
        costs = [search.memo.cost(name, index.name) for name in written for index in written[name]]

    assert loaded.without is not None
    assert loaded.without.seconds > 0
    assert set(loaded.without.writes.bare_ms) == {"place_order", "ship_order", "add_review"}
    assert costs
    assert None not in costs


def test_a_cleared_workbench_loads_anew(bench: Workbench) -> None:
    before = bench.mongo
    bench.clear()

    assert bench.mongo is not before
