"""Which design wins the qualifying, with no structure that makes no difference."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.engines.base import Database
from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.tables import Fillfactor
from optimizer.search.finals.champion import find_champion
from tests.search.final import COPY, SLOW, Final, execute, final, with_structures

__all__ = ["final"]

ONE, TWO = (Fillfactor(TableName("public", "posts"), percent) for percent in (80, 90))


def test_two_structures_that_do_harm_go_together(final: Final, monkeypatch: pytest.MonkeyPatch) -> None:
    made = final.stage.server.create

    def slow(workload: Any, label: str, schema: Any, design: Design) -> Database:
        database = made(workload, label, schema, Design(structures=design.structures - {ONE, TWO}))
        for name, structure in (("one", ONE), ("two", TWO)):
            if structure in design.structures:
                execute(database, SLOW.format(name, "authors"))
        if COPY not in design.structures:
            execute(database, SLOW.format("joined", "authors"))
        return database

    monkeypatch.setattr(final.stage.server, "create", slow)
    shortlist = [
        with_structures(COPY, ONE, TWO),
        with_structures(ONE, TWO),
        with_structures(COPY, TWO),
        with_structures(COPY, ONE),
    ]
    baseline, plain = final.built("baseline"), final.built("indexes-only")
    sets = final.inputs.sets
    champion = find_champion(
        final.stage, [baseline], shortlist, sets, 1, [plain], lambda s: with_structures(*s)
    )
    assert champion.design == with_structures(COPY)
    (result,) = champion.structures
    assert "rename" in {effect.query for effect in result.because}
