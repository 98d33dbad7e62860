"""A winner with structures has to be measurably better than indexes alone again, in databases built anew."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.engines.base import Database
from optimizer.model.design import Design
from optimizer.search.finals import crowning
from optimizer.search.finals.crowning import Shortlist, crown, is_better
from tests.search.final import COPY, SLOW, Final, execute, final, with_structures

__all__ = ["final"]

SHORTLIST = Shortlist(
    [with_structures(COPY), with_structures()], with_structures(), lambda s: with_structures(*s)
)


def test_one_that_is_measurably_better_stays(final: Final) -> None:
    plain = final.built("indexes-only", fault=SLOW.format("made", "authors"))
    assert is_better(final.stage, final.built("winner", COPY), plain, final.inputs.sets, 1)


def test_one_that_is_slower_does_not(final: Final) -> None:
    winner = final.built("winner", COPY, fault=SLOW.format("made", "posts"))
    assert not is_better(final.stage, winner, final.built("indexes-only"), final.inputs.sets, 1)


def test_indexes_alone_win_where_the_structure_does_not_pay_again(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = final.stage.server.create
    built: list[str] = []

    def slow_when_built_again(workload: Any, label: str, schema: Any, design: Design) -> Database:
        """Without structures all is slow, until the winner is built: then it is the other way round."""
        database = made(workload, label, schema, design)
        built.append(label)
        if label == "final_winner":
            execute(database, SLOW.format("made", "posts"))
        elif not design.structures:
            execute(database, SLOW.format("made", "authors"))
        return database

    monkeypatch.setattr(final.stage.server, "create", slow_when_built_again)
    fixed = [final.built("baseline")]
    champion, measured = crown(final.cleanup, final.stage, fixed, SHORTLIST, final.inputs.sets, 1)
    assert built.count("final_winner") == 2
    assert champion.design == measured[-1].design == Design()
    assert [finalist.label for finalist in measured] == ["baseline", "winner"]
    assert any("not measurably better than indexes alone" in line for line in champion.faults)


def test_a_winner_with_structures_is_measured_beside_indexes_alone(
    final: Final, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowning, "is_better", lambda *_: True)
    made = final.stage.server.create

    def slow_without(workload: Any, label: str, schema: Any, design: Design) -> Database:
        database = made(workload, label, schema, design)
        if not design.structures:
            execute(database, SLOW.format("made", "authors"))
        return database

    monkeypatch.setattr(final.stage.server, "create", slow_without)
    fixed = [final.built("baseline")]
    champion, measured = crown(final.cleanup, final.stage, fixed, SHORTLIST, final.inputs.sets, 1)
    assert [finalist.label for finalist in measured] == ["baseline", "indexes-only", "winner"]
    assert champion.design.structures == {COPY}
