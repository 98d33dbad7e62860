"""What the command line says: to bad input, in a pipe, quietly, as JSON, and when it is asked for help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer import __version__
from optimizer.engines import ENGINES
from tests.command import WORKLOAD, Done, Place

PASSWORD = "s3cret-pass"


def refused(place: Place, text: str, *arguments: str, status: int = 2) -> list[str]:
    """The lines on standard error of a run that ends with the status."""
    done = place.run(str(place.write(text)), *arguments)
    assert done.status == status, (done.out, done.err)
    assert "Traceback" not in done.err
    assert place.runs() == []
    assert place.servers() == []
    assert place.folders() == []
    return done.err.splitlines()


def without_server(place: Place, text: str, *arguments: str) -> list[str]:
    """The same, and no server was started: there is no home for one."""
    lines = refused(place, text, *arguments)
    assert not list(place.home.iterdir())
    return lines


def test_mistakes_that_need_no_schema_come_in_one_go_and_without_a_server(place: Place) -> None:
    text = WORKLOAD.replace("volumes:", "volums:").replace("weight: 8", "wieght: 8").replace("64MB", "64XB")
    lines = without_server(place, text + "engines: [postgras]\n")
    places = [line.split(": ")[0].partition("tiny.yaml")[2] for line in lines]
    assert all(place.count(":") == 2 for place in places), lines
    for word in ("volums", "wieght", "64XB", "postgras"):
        assert any(word in line for line in lines), word


@pytest.mark.parametrize(
    ("option", "value", "word"),
    [
        ("--engine", "postgras", "no such engine"),
        ("--provider", "contaner", "no such provider"),
        ("--dsn", "postgras=postgresql://localhost", "ENGINE=URL"),
        ("--dsn", f"postgresql://me:{PASSWORD}@localhost/x", "ENGINE=URL"),
        ("--time", "soon", "--time"),
        ("--scale", "-1", "scale"),
    ],
)
def test_options_that_are_wrong(place: Place, option: str, value: str, word: str) -> None:
    text = "\n".join(without_server(place, WORKLOAD, option, value))
    assert word in text
    assert PASSWORD not in text


def test_a_file_that_is_not_there(place: Place) -> None:
    done = place.run("nothing.yaml")
    assert done.status == 2
    assert "nothing.yaml" in done.err


def test_mistakes_that_need_the_schema_come_in_one_go(place: Place) -> None:
    text = WORKLOAD.replace("users: 1000", "users: 1000, ordres: 5").replace(
        "email = :email", "emial = :email"
    )
    text += "  - name: broken\n    sql: SELECT id FROM WHERE id = 1\n"
    text += "  - name: unknown\n    sql: SELECT id FROM users WHERE :what::int > 3\n"
    lines = refused(place, text, "--provider", "embedded")
    for word in ("ordres", "emial", "WHERE", ":what"):
        assert any(word in line and "tiny.yaml:" in line for line in lines), (word, lines)


def test_ddl_that_postgresql_refuses(place: Place) -> None:
    (line,) = refused(
        place, WORKLOAD.replace("total numeric(10, 2)", "total numerik"), "--provider", "embedded"
    )
    assert "numerik" in line
    assert "tiny.yaml:5:" in line or "tiny.yaml:4:" in line


def test_unique_over_fewer_values_than_rows(place: Place) -> None:
    text = WORKLOAD.replace("email text NOT NULL UNIQUE", "email char(1) NOT NULL UNIQUE")
    lines = refused(place, text, "--provider", "embedded")
    assert any("email" in line for line in lines), lines


def test_a_function_of_the_users_that_fails(place: Place) -> None:
    (place.work / "prices.py").write_text("def price(rng, rows, first):\n    return [1 / 0] * rows\n")
    text = WORKLOAD + 'data: {orders.total: {generator: "prices:price"}}\n'
    (line,) = refused(place, text, "--provider", "embedded")
    assert "prices.py:2: ZeroDivisionError" in line


def test_a_server_that_cannot_be_had(place: Place) -> None:
    dsn = f"postgres=postgresql://me:{PASSWORD}@127.0.0.1:1/postgres"
    lines = refused(place, WORKLOAD, "--dsn", dsn, status=3)
    assert "can't connect to host=127.0.0.1" in lines[0]
    assert PASSWORD not in "".join(lines)


def test_no_container_engine(place: Place) -> None:
    place.variables["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
    lines = refused(place, WORKLOAD, "--provider", "container", status=3)
    assert "no Docker engine answers" in lines[0]
    assert len(lines) == 2, "and what to do"


def test_debug_adds_the_traceback_and_keeps_the_status(place: Place) -> None:
    done = place.run(str(place.write("name: tiny\n")), "--debug")
    assert done.status == 2
    assert "Traceback" in done.err


def run_once(place: Place, *arguments: str) -> Done:
    return place.run(str(place.write(WORKLOAD)), "--time", "4s", *arguments)


def test_json_is_all_there_is_on_standard_output_and_a_missed_target_is_status_1(place: Place) -> None:
    path = place.write(WORKLOAD.replace("weight: 8", "weight: 8\n    target: 0.001ms"))
    done = place.run(str(path), "--time", "4s", "--json", "--require-target")
    assert done.status == 1, done.err
    assert json.loads(done.out)["workload"] == "tiny"
    assert done.err == "targets that aren't surely met: postgres: history\n"
    assert (place.runs()[-1] / "result.json").read_text() == done.out


def test_quiet_says_nothing(place: Place) -> None:
    done = run_once(place, "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (place.runs()[-1] / "postgres" / "schema.sql").exists()


def test_piped_output_has_no_control_characters(place: Place) -> None:
    done = run_once(place)
    assert done.status == 0, done.err
    assert all(letter == "\n" or letter.isprintable() for letter in done.out + done.err)
    assert "Files: results/tiny/" in done.out
    for name in ("report.md", "result.json", "postgres/schema.sql"):
        assert Path(place.runs()[-1], name).exists()


def test_help_version_and_engines(place: Place) -> None:
    version = place.run("--version")
    assert (version.status, version.out.strip()) == (0, f"schema-optimizer {__version__}")
    assert "engines" in place.run("--help").out
    assert "optimize shop.yaml --time 3m" in place.run("run", "--help").out
    engines = place.run("engines")
    assert engines.status == 0
    for name in ENGINES:
        for provider in ("container", "embedded", "external"):
            assert any(line.split()[:2] == [name, provider] for line in engines.out.splitlines())
