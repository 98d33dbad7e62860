"""Structures that make no difference beside the others go at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from optimizer.measure.rounds import Rounds
from optimizer.model.design import Design
from optimizer.model.measurement import Execution
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor
from optimizer.search.finals.sparing import needed
from tests.queries_by_hand import query
from tests.search.made_up_board import finalist

READ = query("read", "SELECT 1", share=1.0)
NOISE = (1.0, 1.2, 0.9, 1.1, 1.0, 0.95, 1.05, 1.15)
A, B, C = (Fillfactor(TableName("public", name), 90) for name in "abc")


def _needed(figures: Mapping[frozenset[Structure], float]) -> frozenset[Structure] | None:
    """By the latency of each design's only statement."""
    rounds, finalists = Rounds(), []
    for number, (structures, ms) in enumerate(figures.items()):
        made = finalist(lambda name, shown: Execution(1.0), (), f"search {number}")
        finalists.append(replace(made, design=Design(structures=structures)))
        rounds.by_key[made.label, "read"] += [(Execution(ms * factor),) * 3 for factor in NOISE]
    return needed(finalists, rounds, [READ])


@pytest.mark.parametrize(
    ("without_a", "without_b", "without_c", "expected"),
    [
        (2.0, 1.0, 1.0, frozenset({A})),
        (2.0, 0.5, 1.0, frozenset({A})),
        (2.0, 2.0, 1.0, None),  # the design without C is there
        (2.0, 2.0, 2.0, None),  # as is that with all
        (1.0, 1.0, 1.0, None),  # and that with none
    ],
)
def test_what_makes_no_difference_is_spared(
    without_a: float, without_b: float, without_c: float, expected: frozenset[Structure] | None
) -> None:
    every = frozenset({A, B, C})
    figures = {
        every: 1.0,
        every - {A}: without_a,
        every - {B}: without_b,
        every - {C}: without_c,
        frozenset[Structure](): 9.0,
    }
    assert _needed(figures) == expected


def test_there_may_be_nothing_to_spare() -> None:
    assert _needed({}) is None
    assert _needed({frozenset(): 1.0}) is None
