"""Each file of `golden` holds a statement and, as comments below it, its facts on the shop's schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.queries.extract import facts
from tests.queries.rendering import rendered
from tests.queries.schemas import SHOP

CASES = sorted((Path(__file__).parent / "golden").glob("*.sql"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_facts(case: Path) -> None:
    statement, _, comments = case.read_text().partition(";\n\n")
    expected = [line.removeprefix("-- ") for line in comments.splitlines()]
    assert rendered(facts(statement, SHOP)).splitlines() == expected


def test_there_are_cases() -> None:
    assert len(CASES) > 25
