"""What docs/timescale.md shows is what the metrics workload gets, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from optimizer.dataset.making.build import build
from optimizer.dataset.planning.plan import plan
from optimizer.engines.timescale.engine import TimescaleEngine
from optimizer.model.design import Design
from optimizer.workload.read import read
from tests.conftest import CreateDatabase

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "timescale.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
ENGINE = TimescaleEngine()
SCALE = 0.1
"""Enough rows for chunks of two days."""


def test_every_statement_of_the_page_is_one_of_the_project_s(create: CreateDatabase, tmp_path: Path) -> None:
    scripts = list(_scripts(create, tmp_path))
    assert len(BLOCKS) == 4
    assert [block for block in BLOCKS if not any(block.rstrip() in script for script in scripts)] == []


def _scripts(create: CreateDatabase, rows: Path) -> Iterator[str]:
    """The DDL of each structure that is proposed, alone."""
    workload = read(ROOT / "workloads" / "metrics.yaml", scale=SCALE)
    schema = create(workload.ddl.text, workload.session.role).schema
    found, _ = ENGINE.structures(workload, schema, build(plan(schema, workload), rows, lambda *_: None))
    for candidate in found:
        yield ENGINE.ddl(workload, schema, Design(structures=frozenset({candidate.structure})), {})
