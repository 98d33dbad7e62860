"""What docs/structures.md shows is what the library's workloads get, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.engines.postgres.engine import PostgresEngine
from optimizer.model.design import Design
from optimizer.model.names import TableName
from optimizer.model.structure import Structure
from optimizer.model.tables import HASH, Partition
from optimizer.workload.read import read
from tests.conftest import CreateDatabase

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "structures.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ENGINE = PostgresEngine()
SCALE = 0.02
BY_HAND: dict[str, tuple[Structure, ...]] = {
    "shop": (),
    "feed": (Partition(TableName("public", "notifications"), HASH, "user_id", modulus=8),),
}
"""What so few rows don't propose."""


def test_every_statement_of_the_page_is_one_of_the_project_s(create: CreateDatabase, tmp_path: Path) -> None:
    texts = [text for name in BY_HAND for text in _texts(name, create, tmp_path)]
    assert BLOCKS
    assert [block for block in BLOCKS if not any(block.rstrip() in text for text in texts)] == []


@pytest.mark.parametrize("storage", re.findall(r"^\| `(ALTER TABLE [^`]*)`", PAGE, re.MULTILINE))
def test_what_the_page_says_of_storage_is_one_too(
    storage: str, create: CreateDatabase, tmp_path: Path
) -> None:
    assert any(storage in text for text in _texts("shop", create, tmp_path))


def _texts(name: str, create: CreateDatabase, folder: Path) -> Iterator[str]:
    """The DDL of each structure that is proposed, alone, and the statements in their new words."""
    workload = read(ROOT / "workloads" / f"{name}.yaml", scale=SCALE)
    schema = create(workload.ddl.text, workload.session.role).schema
    rows = folder / name
    rows.mkdir()
    dataset = build(plan(schema, workload), rows, lambda *_: None)
    found, _ = ENGINE.structures(workload, schema, dataset)
    for structure in (*(candidate.structure for candidate in found), *BY_HAND[name]):
        structures = frozenset({structure})
        yield ENGINE.ddl(workload, schema, Design(structures=structures), {})
        for statements in ENGINE.rewritten(workload, schema, structures).values():
            yield from statements
