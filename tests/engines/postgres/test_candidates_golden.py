"""Golden pairs: a statement in, the indexes worth measuring out, a file each.

A file holds a title, the statement, `-- candidates` and their CREATE INDEX statements, and, where something
was left out, `-- left out` and what, with its reason.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.engines.postgres.candidates import consider
from optimizer.engines.postgres.ddl import create_index
from optimizer.model.workload import SessionSettings
from optimizer.queries.extract import facts
from tests.engines.postgres.candidate_schema import SAMPLE

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.sql"))
SESSION = SessionSettings("app", (("app.tenant", {"column": "tenants.id"}),))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    text = path.read_text()
    assert render(text.partition("\n")[0], statement_of(text)) == text


def statement_of(text: str) -> str:
    """The statement of a golden file."""
    return text.partition("\n")[2].partition("\n-- candidates\n")[0].strip()


def render(title: str, statement: str) -> str:
    """The whole golden file for a statement."""
    found = consider({"q": (facts(statement.rstrip(";"), SAMPLE),)}, SAMPLE, SESSION)
    lines = [f"{create_index(c.index)}; -- {c.because}" for c in found.candidates if "q" in c.queries]
    missing = [f"-- {item.subject}: {item.reason}" for item in found.left_out if "q" in item.queries]
    parts = [
        title,
        statement,
        "",
        "-- candidates",
        *lines,
        *(["", "-- left out", *missing] if missing else []),
    ]
    return "\n".join(parts) + "\n"


def test_there_are_golden_files() -> None:
    assert len(GOLDEN) >= 20
