from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from optimizer.engines.providers import choice
from optimizer.engines.providers.account import server_account
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.postgres import installation
from optimizer.engines.providers.postgres.embedded import Embedded
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.providers.processes import processes_of
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.owner import Owner

REQUEST = ServerRequest("embedded", memory_bytes=64 << 20)

pytestmark = pytest.mark.usefixtures("server")


def start(request: ServerRequest) -> Running[PostgresEndpoint]:
    return choice.start(POSTGRES_PROVIDERS, request)


def working_in(folder: Path) -> list[psutil.Process]:
    """The server processes whose working directory is below the folder: backends don't name theirs."""
    return [
        process
        for process in psutil.process_iter(["cwd"])
        if process.info["cwd"] and Path(process.info["cwd"]).is_relative_to(folder)
    ]


def assert_nothing_left(home: Home) -> None:
    assert working_in(home.folder) == []
    assert list(home.servers.iterdir()) == []
    assert list(home.claims.iterdir()) == []


def test_it_is_available_and_says_which_version(server: PostgresEndpoint) -> None:
    answer = Embedded().availability(REQUEST)
    assert answer.available
    assert installation.installed_version() in answer.reason
    assert installation.installed_version().startswith(str(server.version // 10_000))


def test_the_settings_are_those_that_were_asked_for(server: PostgresEndpoint) -> None:
    with psycopg.connect(server.conninfo) as connection:
        rows = connection.execute("SELECT name, current_setting(name) FROM pg_settings").fetchall()
    found: dict[str, str] = dict(rows)
    assert found["shared_buffers"] == "128MB"
    assert found["effective_cache_size"] == "128MB"
    assert found["jit"] == "off"
    assert found["autovacuum"] == "off"
    assert found["listen_addresses"] == ""
    assert found["TimeZone"] == "UTC"
    assert [found[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3


def test_the_server_is_wholly_ours(server: PostgresEndpoint) -> None:
    assert server.own
    assert server.superuser
    with psycopg.connect(server.conninfo) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        assert row == (True,)
        assert connection.info.server_version == server.version


def test_text_sorts_by_code_point_and_knows_unicode(server: PostgresEndpoint) -> None:
    with psycopg.connect(server.conninfo) as connection:
        row = connection.execute("SELECT lower('ÉTÉ'), 'Z' < 'a', 'z' < 'é'").fetchone()
    assert row == ("été", True, True)


def test_a_database_is_empty_and_of_its_own(database: str, server: PostgresEndpoint) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE only_here ()")
        assert connection.info.dbname != "postgres"
    with psycopg.connect(server.conninfo) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_closing_leaves_nothing(home: Home) -> None:
    running = start(REQUEST)
    with psycopg.connect(running.endpoint.conninfo) as connection:
        assert working_in(home.folder)
        running.close()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    running.close()
    assert_nothing_left(home)


def test_two_servers_live_side_by_side(home: Home) -> None:
    with start(REQUEST) as one:
        with start(REQUEST) as other:
            assert one.endpoint.claim != other.endpoint.claim
        with psycopg.connect(one.endpoint.conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert_nothing_left(home)


def test_only_the_account_of_the_server_reaches_its_data(home: Home) -> None:
    with start(REQUEST) as running:
        layout = Layout.of(home, running.endpoint.claim)
        assert layout.data.stat().st_mode & 0o077 == 0
        assert layout.sockets.stat().st_mode & 0o077 == 0


def test_a_server_that_dies_can_still_be_closed(home: Home) -> None:
    with start(REQUEST) as running:
        for process in processes_of(Layout.of(home, running.endpoint.claim).data):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    assert_nothing_left(home)


def test_what_a_killed_process_left_is_cleaned_by_the_next_start(home: Home) -> None:
    owner = Owner.start("postgres", "embedded")
    owner.end(signal.SIGKILL)
    left = Layout.of(home, owner.claim)
    assert list(processes_of(left.data))
    with start(REQUEST) as running:
        assert [folder.name for folder in home.servers.iterdir()] == [running.endpoint.claim]
        assert list(processes_of(left.data)) == []
    assert_nothing_left(home)


def test_a_living_process_keeps_its_server(home: Home) -> None:
    owner = Owner.start("postgres", "embedded")
    choice.clean(POSTGRES_PROVIDERS)
    assert [folder.name for folder in home.servers.iterdir()] == [owner.claim]
    owner.end(signal.SIGINT)
    assert_nothing_left(home)


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(home: Home) -> None:
    with pytest.raises(EngineUnavailable, match="didn't start") as caught:
        Embedded().start(ServerRequest("embedded", memory_bytes=1 << 60))
    assert "FATAL" in str(caught.value)
    assert_nothing_left(home)


def test_a_long_home_gets_its_socket_elsewhere(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    long_home = home.folder / ("x" * 80)
    monkeypatch.setenv(VARIABLE, str(long_home))
    with start(REQUEST) as running:
        sockets = Layout.of(open_home(), running.endpoint.claim).sockets
        assert not sockets.is_relative_to(long_home)
        assert sockets.stat().st_mode & 0o077 == 0
    assert not sockets.exists()
    assert_nothing_left(open_home())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs its servers under another account")
def test_a_home_that_the_account_cannot_reach_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    with pytest.raises(EngineUnavailable, match="can't reach"):
        Embedded().start(REQUEST)
    assert_nothing_left(open_home())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs its servers under another account")
def test_binaries_that_the_account_cannot_reach_are_copied(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = installation.installed_package()
    assert package is not None
    for name in (package.name, installation.LIBRARIES):
        if (package.parent / name).exists():
            (tmp_path / name).symlink_to(package.parent / name)
    tmp_path.chmod(0o700)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, installation.PACKAGE, raising=False)
    programs = installation.reachable_programs(home, server_account())
    assert programs.is_relative_to(home.folder)
    with start(REQUEST) as running:
        assert running.endpoint.version >= 180_000


def listening(process: psutil.Process) -> list[object]:
    """The process's TCP sockets; none where it has just ended, as a backend may."""
    try:
        return [entry for entry in process.net_connections("inet") if entry.type == socket.SOCK_STREAM]
    except psutil.NoSuchProcess:
        return []


def test_no_port_is_opened(home: Home) -> None:
    with start(REQUEST):
        processes = working_in(home.folder)
        assert processes
        assert [entry for process in processes for entry in listening(process)] == []
