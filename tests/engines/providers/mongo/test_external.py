from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from optimizer.engines.mongo.client import client
from optimizer.engines.providers.home import Home
from optimizer.engines.providers.mongo import versions
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.external import External
from optimizer.engines.providers.mongo.installation import find_installation
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

SECRET = "geheim-5f1c"


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose sockets' paths aren't too long."""
    with tempfile.TemporaryDirectory(prefix="so-", dir="/var/tmp") as folder:
        yield Path(folder)


@contextmanager
def user(mongod: MongoEndpoint, *roles: str) -> Iterator[str]:
    """The URI of a new user with the roles."""
    with closing(client(mongod.uri)) as connected:
        connected.admin.command("createUser", "someone", pwd=SECRET, roles=list(roles))
        yield as_user(mongod.uri, SECRET)
        connected.admin.command("dropUser", "someone")


def as_user(uri: str, password: str) -> str:
    return f"{uri.replace('mongodb://', f'mongodb://someone:{password}@')}&authSource=admin"


def start_and_end(dsn: str) -> MongoEndpoint:
    with External().start(ServerRequest("external", dsn=dsn)) as running:
        return running.endpoint


def test_it_is_used_but_not_ours_and_goes_on(mongod: MongoEndpoint, home: Home) -> None:
    endpoint = start_and_end(mongod.uri)
    assert not endpoint.own
    assert endpoint.transactions
    assert endpoint.version == mongod.version
    assert endpoint.notes == ("a server of yours: its settings stay as they are",)
    assert endpoint.claim.startswith(home.id)
    with closing(client(mongod.uri)) as connected:
        assert connected.admin.command("ping")["ok"] == 1
    assert list(home.claims.iterdir()) == []


def test_the_rights_on_all_databases_are_enough(mongod: MongoEndpoint) -> None:
    with user(mongod, "readWriteAnyDatabase", "dbAdminAnyDatabase") as dsn:
        endpoint = start_and_end(dsn)
    assert SECRET in endpoint.uri
    assert SECRET not in repr(endpoint)


def test_root_is_enough(mongod: MongoEndpoint) -> None:
    with user(mongod, "root") as dsn:
        assert start_and_end(dsn).provider == "external"


@pytest.mark.parametrize(
    ("role", "missing"), [("readWriteAnyDatabase", "collMod, dropDatabase"), ("readAnyDatabase", "insert")]
)
def test_without_them_the_answer_says_what_to_do(mongod: MongoEndpoint, role: str, missing: str) -> None:
    with user(mongod, role) as dsn, pytest.raises(EngineUnavailable, match=missing) as caught:
        start_and_end(dsn)
    assert '("someone", ["readWriteAnyDatabase", "dbAdminAnyDatabase"])' in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_wrong_password_is_not_shown(mongod: MongoEndpoint) -> None:
    with user(mongod, "root"), pytest.raises(EngineUnavailable, match="Authentication failed") as caught:
        start_and_end(as_user(mongod.uri, "wrong-7a"))
    assert "wrong-7a" not in str(caught.value)
    assert "as someone" in caught.value.message


def test_a_server_that_does_not_answer_is_named_without_the_password(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optimizer.engines.providers.mongo.external.PATIENCE_MS", 200)
    request = ServerRequest("external", dsn=f"mongodb://me:{SECRET}@127.0.0.1:1/shop")
    with pytest.raises(EngineUnavailable, match=r"to 127\.0\.0\.1:1 as me: .*refused") as caught:
        External().start(request)
    assert SECRET not in str(caught.value) + repr(request)
    assert "Topology" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert list(home.claims.iterdir()) == []


@contextmanager
def another(folder: Path, *arguments: str) -> Iterator[str]:
    """The URI of a mongod with the arguments, as a user may have started it."""
    found = find_installation()
    assert found is not None
    path = folder / "a.sock"
    command = [str(found.program), f"--dbpath={folder}", f"--bind_ip={path}", "--nounixsocket", *arguments]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--wiredTigerCacheSizeGB=0.25"], cwd=folder, stdout=log)
    try:
        yield f"mongodb://{quote_plus(str(path))}/?directConnection=true"
    finally:
        process.kill()
        process.wait()


def test_a_standalone_server_has_no_transactions(mongod: MongoEndpoint, short_path: Path) -> None:
    with another(short_path) as dsn:
        endpoint = start_and_end(dsn)
    assert not endpoint.transactions
    assert any("writes can't be rolled back" in note for note in endpoint.notes)


def test_a_server_that_takes_no_writes_is_refused(mongod: MongoEndpoint, short_path: Path) -> None:
    with another(short_path, "--replSet=x") as dsn, pytest.raises(EngineUnavailable, match="isn't initiated"):
        start_and_end(dsn)


def test_a_server_that_wants_a_password_says_so(mongod: MongoEndpoint, short_path: Path) -> None:
    no_exception = "--setParameter=enableLocalhostAuthBypass=false"
    with (
        another(short_path, "--auth", no_exception) as dsn,
        pytest.raises(EngineUnavailable, match="wants a user"),
    ):
        start_and_end(dsn)


def test_a_server_that_is_too_old_is_refused(mongod: MongoEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "OLDEST", (6, 1))
    with pytest.raises(EngineUnavailable, match=r"is MongoDB 6\.0\.5\n6\.1 is the oldest"):
        start_and_end(mongod.uri)


def test_availability_asks_nobody() -> None:
    answer = External().availability(ServerRequest(dsn=f"mongodb+srv://me:{SECRET}@nowhere.invalid/shop"))
    assert answer.available
    assert answer.reason == "nowhere.invalid as me"
    assert not External().availability(ServerRequest()).available
    unreadable = External().availability(ServerRequest(dsn=f"mongodb://me:{SECRET}/x@h"))
    assert not unreadable.available
    assert SECRET not in unreadable.reason


def test_an_external_server_must_be_named() -> None:
    with pytest.raises(EngineUnavailable, match="--dsn mongo="):
        External().start(ServerRequest("external"))
