from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.engines.providers.home import Home
from optimizer.engines.providers.timescale.embedded import Embedded
from optimizer.engines.providers.timescale.installation import find_node, installed, packages_folder
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

REQUEST = ServerRequest("embedded")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder on PATH, empty."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_program(folder: Path, name: str, text: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("programs")
def test_without_node_the_answer_says_what_to_do(home: Home) -> None:
    answer = Embedded().availability(REQUEST)
    assert not answer.available
    assert answer.reason.startswith("Node.js isn't on PATH; install Node.js 20 or newer")
    with pytest.raises(EngineUnavailable, match=r"Node\.js isn't on PATH"):
        Embedded().start(REQUEST)
    assert list(home.claims.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "version"), [("v18.19.1", "18.19.1"), ("hello", "of an unknown version"), ("v9.0.0", "9.0.0")]
)
def test_a_node_that_is_too_old_is_named(programs: Path, output: str, version: str) -> None:
    write_program(programs, "node", f"echo {output}")
    with pytest.raises(EngineUnavailable, match=f"{version} is too old"):
        find_node()


@pytest.mark.usefixtures("home")
def test_npm_is_needed_only_for_fetching(programs: Path, home: Home) -> None:
    write_program(programs, "node", "echo v24.1.0")
    assert "npm isn't on PATH" in Embedded().availability(REQUEST).reason
    packages_folder(home.folder).mkdir()
    answer = Embedded().availability(REQUEST)
    assert answer.available
    assert answer.reason.endswith("on Node.js 24.1.0")


@pytest.mark.usefixtures("home")
def test_what_is_to_be_fetched_is_said(programs: Path) -> None:
    write_program(programs, "node", "echo v20.0.0")
    write_program(programs, "npm", "exit 1")
    answer = Embedded().availability(REQUEST)
    assert answer.available
    assert answer.reason.endswith("fetched once by npm (about 10 MB)")


def test_a_registry_that_does_not_answer_is_npms_word_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("Node.js and npm aren't on PATH")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_cache", str(home.folder / "npm"))
    with pytest.raises(EngineUnavailable, match=r"npm can't fetch .*: \S") as caught:
        installed(home)
    assert "registry" in (caught.value.hint or "")
    assert list(home.folder.glob("timescaledb-*")) == []
