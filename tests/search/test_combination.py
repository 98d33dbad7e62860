"""The indexes of a combination are those that the searches of its parts found, as the server spells them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import polars as pl
import pytest

from optimizer.engines.engine import Engine
from optimizer.model.design import Candidate, Design
from optimizer.model.index import Index, IndexKey
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import Fillfactor
from optimizer.search.inputs import Inputs
from optimizer.search.structures.combination import Combination
from optimizer.search.structures.searched import Counts, Searched

TABLE = TableName("public", "t")
STRUCTURE = Fillfactor(TABLE, 90)
LOWER, SPELLED, PLAIN, OF_STRUCTURE = (
    Index(TABLE, (IndexKey(key, key),), name=key) for key in ("lower(a)", "lower((a)::text)", "b", "copied")
)


class Offering:
    """In place of an engine: `copied` can be had with the structure alone."""

    def candidates(self, workload: Any, schema: Any, structures: frozenset[Structure]) -> tuple[Any, Any]:
        offered = (LOWER, PLAIN, *((OF_STRUCTURE,) if STRUCTURE in structures else ()))
        return tuple(Candidate(index, ()) for index in offered), ()


def _searched(
    *best: Index, structures: frozenset[Structure] = frozenset(), complete: bool = True
) -> Searched:
    design = Design(frozenset(best), structures)
    found = Searched(structures, design, design, {}, True, "", Counts(), (), None, pl.DataFrame())
    spelled = {LOWER: SPELLED, PLAIN: PLAIN, OF_STRUCTURE: OF_STRUCTURE}
    return replace(found, spelled=spelled, complete=complete)


ENGINE, INPUTS = cast(Engine, Offering()), cast(Inputs, type("Made", (), {"workload": None, "schema": None}))
WITH = frozenset[Structure]({STRUCTURE})
PARTS = (_searched(SPELLED, PLAIN), _searched(OF_STRUCTURE, structures=WITH))


@pytest.mark.parametrize(
    ("structures", "expected"),
    [(WITH, {SPELLED, PLAIN, OF_STRUCTURE}), (frozenset[Structure](), {SPELLED, PLAIN})],
    ids=["with the structure", "without it"],
)
def test_all_that_is_known_to_be_good_and_can_be_had(
    structures: frozenset[Structure], expected: set[Index]
) -> None:
    assembled = Combination(WITH, PARTS).assembled(ENGINE, INPUTS, structures)
    assert assembled == Design(frozenset(expected), structures)


def test_the_search_of_the_whole_counts_where_it_came_to_its_end() -> None:
    whole = _searched(PLAIN, structures=WITH)
    assert Combination(WITH, PARTS, whole).best(ENGINE, INPUTS) == whole.best


def test_a_search_of_the_whole_that_was_cut_short_does_not() -> None:
    whole = _searched(PLAIN, structures=WITH, complete=False)
    best = Combination(WITH, PARTS, whole).best(ENGINE, INPUTS)
    assert best.indexes == {SPELLED, PLAIN, OF_STRUCTURE}
