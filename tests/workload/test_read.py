"""Files that are right become the model; files that are wrong say everything that is wrong with them."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.errors import Position, WorkloadError
from optimizer.model.query import ParameterSpec, Target
from optimizer.model.workload import Budget, Limits, Load, Workload
from optimizer.workload.read import read

HERE = Path(__file__).parent
GOOD = sorted((HERE / "good").glob("*.yaml"))
BAD = sorted((HERE / "bad").glob("*.yaml"))


@pytest.fixture
def full() -> Workload:
    return read(HERE / "good" / "full.yaml")


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_bad_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(WorkloadError) as caught:
        read(Path(path.name))
    expected = path.with_suffix(".expected").read_text(encoding="utf-8")
    assert [str(problem) for problem in caught.value.problems] == expected.splitlines()
    assert caught.value.exit_status == 2


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_file(path: Path) -> None:
    workload = read(path)
    assert sum(query.share for query in workload.queries) == pytest.approx(1)
    assert workload.ddl.text.startswith("CREATE TABLE notes")


def test_defaults_are_told() -> None:
    workload = read(HERE / "good" / "minimal.yaml")
    assert workload.defaults == (
        "name: minimal (the file's name)",
        "engines: postgres",
        "seed: 42",
        "scale: 1",
        "target: 100 ms @ p95 for every query",
        "weight: 1 for every query",
        "load.clients: 4",
        "load.rate: none (closed loop only)",
        "server.memory: 1GB",
        "search.time: 10m",
        "search.trials: 2000",
    )


def test_every_key_arrives(full: Workload) -> None:
    assert (full.name, full.engines, full.seed, full.scale) == ("all-keys", ("postgres", "mongo"), 7, 0.5)
    assert full.load == Load(8, 2.0)
    assert full.memory_bytes == 512 << 20
    assert full.retention == (("notes", 30 * 86400.0),)
    assert full.limits == Limits(4 << 30, 6)
    assert full.relax == ("notes_author_fkey",)
    assert full.budget == Budget(600.0, 50)
    assert [(name, text.text[:12]) for name, text in full.contenders] == [("dba", "CREATE INDEX")]
    assert full.session.role == "app"
    assert dict(full.session.settings)["app.region"] == {"value": "north"}
    assert full.defaults == ("weight: 1 for add",)


def test_queries_arrive(full: Workload) -> None:
    first, second = full.queries
    assert (first.share, second.share) == (0.75, 0.25)
    assert (first.target, second.target) == (Target(1000, 99.9), Target(200, 90))
    assert first.staleness_s == 5400
    assert first.overrides == {"mongo": {"find": "notes"}, "timescale": "SELECT 1"}
    assert first.params["author"] == ParameterSpec("column", "notes.author")
    assert first.params["on"] == ParameterSpec("value", date(2025, 6, 1))
    assert [text.text[:6] for text in second.statements] == ["INSERT", "DELETE"]
    assert {name: spec.kind for name, spec in second.params.items()} == {
        "id": "new",
        "now": "now",
        "author": "generator",
    }


def test_volumes_are_scaled_but_not_those_per_parent(full: Workload) -> None:
    notes, lines, countries = full.volumes
    assert (notes.rows, lines.rows, countries.rows) == (25_001, None, None)
    assert (lines.per, lines.mean, lines.skew) == ("notes", 3.0, "zipf")
    assert countries.file == HERE / "good" / "countries.csv"
    assert notes.position == Position(str(HERE / "good" / "full.yaml"), 11, 3)


def test_a_country_code_is_no_boolean(full: Workload) -> None:
    entry = full.data[1]
    assert (entry.table, entry.column) == ("audit.log", "country")
    assert entry.spec == {"choices": {"NO": 80, "CH": 20}}


def test_command_line_wins() -> None:
    path = HERE / "good" / "full.yaml"
    workload = read(path, scale=2, seed=1, engines=["timescale"], seconds=5, trials=3)
    assert (workload.scale, workload.seed, workload.engines) == (2, 1, ("timescale",))
    assert workload.volumes[0].rows == 100_002
    assert workload.budget == Budget(5, 3)


def test_command_line_mistakes_come_with_those_of_the_file() -> None:
    with pytest.raises(WorkloadError) as caught:
        read(HERE / "bad" / "unknown-keys.yaml", scale=0, seed=-1, engines=["postgress"])
    assert [str(problem) for problem in caught.value.problems[:3]] == [
        "unknown engine 'postgress' on the command line; did you mean 'postgres'?",
        "the seed on the command line must not be negative, it is -1",
        "scale on the command line must be more than zero, it is 0",
    ]
    assert len(caught.value.problems) > 3


def test_a_small_scale_leaves_a_row() -> None:
    assert read(HERE / "good" / "minimal.yaml", scale=1e-9).volumes[0].rows == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    shutil.copy(HERE / "good" / "minimal.yaml", tmp_path / "shop.yaml")
    with pytest.raises(WorkloadError, match=r"there is no file .*shpo\.yaml'; did you mean 'shop\.yaml'\?"):
        read(tmp_path / "shpo.yaml")
    with pytest.raises(WorkloadError, match="is a folder"):
        read(tmp_path)


def test_digest_follows_every_named_file(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(HERE / "good", folder)
    digests = {read(folder / "full.yaml").text_digest}
    assert digests == {read(HERE / "good" / "full.yaml").text_digest}
    for name in ("full.yaml", "notes.sql", "proposal.sql", "countries.csv"):
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write("\n")
        digests.add(read(folder / "full.yaml").text_digest)
    assert len(digests) == 5


def test_positions_do_not_make_a_workload_another(full: Workload) -> None:
    assert full.positions[("relax", 0)].line == 43
    assert replace(full, positions={}) == full


@given(
    at=st.integers(0, 1_200),
    length=st.integers(0, 30),
    text=st.sampled_from(
        ["{", "]", ": ", "- ", "\n", "~", "&a ", "*a", "<<: ", "'", "|", "!!int ", "\t", "#"]
    ),
)
def test_any_damage_is_told_as_a_problem(at: int, length: int, text: str) -> None:
    whole = (HERE / "good" / "full.yaml").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.yaml"
        path.write_text(whole[:at] + text + whole[at + length :], encoding="utf-8")
        with pytest.raises(WorkloadError) as caught:
            read(path)
    assert all(problem.position for problem in caught.value.problems)


MINIMAL = """
version: 1
schema: CREATE TABLE t (id int PRIMARY KEY, price int)
volumes: {t: 10}
queries: [{name: one, sql: "SELECT price FROM t WHERE id = :id"}]
"""


@pytest.mark.parametrize(
    ("data", "found"), [("", False), ("data: {t.price: {generator: beside_it:f}}", True)]
)
def test_functions_beside_the_file_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: str, found: bool
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = tmp_path / "w.yaml"
    path.write_text(f"{MINIMAL}{data}\n")
    for _ in range(2):
        read(path)
    assert sys.path.count(str(tmp_path)) == found
