"""A whole comparison on a small workload: PostgreSQL and MongoDB, the same answers, one verdict."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from optimizer.model.result import ComparisonResult
from tests.test_workloads import HERE, Ran, ran

ENGINES = ("postgres", "mongo")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(HERE / "press.yaml", tmp_path_factory.mktemp("press"), seconds=90.0)


def comparison(press: Ran) -> ComparisonResult:
    found = press.finished.result.comparison
    assert found is not None
    return found


def test_every_answer_agrees_on_every_design_of_both(press: Ran) -> None:
    for name in ENGINES:
        engine = press.finished.result.engines[name]
        assert engine.equivalence.mismatched == ()
        assert engine.equivalence.compared > 100
        assert [query.errors for query in engine.queries if query.errors] == []


def test_both_were_measured_in_the_same_rounds(press: Ran) -> None:
    found = comparison(press)
    assert [engine.engine for engine in found.engines] == list(ENGINES)
    assert found.rounds >= 7
    for query in found.queries:
        samples = [query.latencies[name] for name in ENGINES]
        assert all(one is not None and one.samples >= found.rounds for one in samples)
    assert found.winner in (*ENGINES, None)
    assert found.reason


def test_what_documents_give_up_is_said(press: Ran) -> None:
    by_name = {engine.engine: engine.gives_up for engine in comparison(press).engines}
    assert by_name["postgres"] == ()
    assert any("foreign key" in line for line in by_name["mongo"])


def test_structures_were_tried_and_each_is_accounted_for(press: Ran) -> None:
    search = press.finished.result.engines["mongo"].search
    winner = press.finished.result.engines["mongo"].winner
    assert search.structures > 1
    told = " ".join(f"{what} {reason}" for what, reason in search.left_out)
    kept = " ".join(structure.definition for structure in winner.design.structures)
    assert "comments embedded in articles.comments as an array" in told + kept


def test_the_files(press: Ran) -> None:
    document = json.loads((press.folder / "result.json").read_text())
    assert document["comparison"]["winner"] == comparison(press).winner
    assert set(document["engines"]) == set(ENGINES)
    report = (press.folder / "report.md").read_text()
    assert "## Side by side" in report
    assert "db.createCollection(" in (press.folder / "mongo" / "schema.js").read_text()
    documents = json.loads((press.folder / "mongo" / "documents.json").read_text())
    assert {"authors", "articles"} <= set(documents)


def test_the_script_is_javascript(press: Ran) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js isn't there to read the script")
    script: Path = press.folder / "mongo" / "schema.js"
    assert subprocess.run([node, "--check", script], check=False).returncode == 0


WRONG = """
version: 1
name: wrong
schema: CREATE TABLE notes (id integer PRIMARY KEY, kind integer NOT NULL, text text NOT NULL)
engines: [postgres, mongo]
volumes: {notes: 500}
data: {notes.kind: {uniform: [1, 5]}}
queries:
  - name: of_kind
    sql: SELECT id FROM notes WHERE kind = :kind ORDER BY id
    mongo: {find: notes, filter: {kind: {$gte: ":kind"}}, sort: {_id: 1}, columns: [_id]}
"""


def test_an_engine_with_other_answers_has_no_winner_and_the_other_one_stays(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG)
    result = ran(file, tmp_path, seconds=20.0).finished.result
    assert list(result.engines) == ["postgres"]
    assert result.comparison is None
    assert "so nothing was searched" in result.failed["mongo"]
    assert "of_kind" in result.failed["mongo"]
    assert "expected" in result.failed["mongo"]
