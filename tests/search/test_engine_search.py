"""What is said of a search is said of the structures that won."""

from __future__ import annotations

import polars as pl

from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor
from optimizer.search.engine_search import of_winner
from optimizer.search.structures.searched import Counts, Searched
from tests.report.made_up import ENGINE

A, B = (Fillfactor(TableName("public", name), 90) for name in ("a", "b"))


def _searched(*structures: Structure, candidates: int, stopped_by: str) -> Searched:
    chosen = frozenset(structures)
    design, counts = Design(structures=chosen), Counts(candidates=candidates)
    return Searched(chosen, design, design, {}, True, stopped_by, counts, (), None, pl.DataFrame())


BASE = _searched(candidates=3, stopped_by="every design")
BOTH = _searched(A, B, candidates=7, stopped_by="the time")
SUMMARY = ENGINE.search


def test_the_structures_that_won_were_searched() -> None:
    told = of_winner(SUMMARY, [BASE, BOTH], BOTH.structures, BOTH.structures)
    assert (told.exact, told.candidates, told.stopped_by) == (True, 7, "the time")
    assert told.left_out == SUMMARY.left_out


def test_indexes_alone_won() -> None:
    told = of_winner(SUMMARY, [BASE, BOTH], BOTH.structures, frozenset())
    assert (told.exact, told.candidates, told.stopped_by) == (True, 3, "every design")
    assert [subject for subject, _ in told.left_out[:2]] == [A.definition, B.definition]
    assert "in the finals a design without it was as good, or better" in told.left_out[0][1]


def test_a_part_of_what_was_searched_won() -> None:
    told = of_winner(SUMMARY, [BASE, BOTH], BOTH.structures, frozenset({A}))
    assert not told.exact
    assert [subject for subject, _ in told.left_out[:1]] == [B.definition]


def test_there_was_nothing_but_indexes() -> None:
    told = of_winner(SUMMARY, [BASE], frozenset(), frozenset())
    assert (told.exact, told.candidates) == (True, 3)
