from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.errors import EngineUnavailable


def test_the_id_stays(home: Home) -> None:
    assert open_home() == home
    assert len(home.id) == 6


def test_two_homes_have_two_ids(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "another"))
    assert open_home().id != home.id


def test_missing_folders_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "a" / "b"))
    found = open_home()
    assert found.servers.is_dir()
    assert found.claims.is_dir()
    assert found.servers.stat().st_mode & 0o066 == 0


def test_a_folder_that_everyone_can_write_to_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(EngineUnavailable, match="everyone can write"):
        open_home()


def test_a_link_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "link"))
    with pytest.raises(EngineUnavailable, match="isn't a folder of this account"):
        open_home()


def test_a_file_in_the_way_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "home"))
    with pytest.raises(EngineUnavailable, match=r"can't write to .*file/home"):
        open_home()
