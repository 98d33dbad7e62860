from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from optimizer.engines.providers import choice
from optimizer.engines.providers.account import server_account
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.postgres import installation
from optimizer.engines.providers.postgres.embedded import Embedded
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.providers import POSTGRES_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.embedded_contract import EmbeddedContract, assert_nothing_left

REQUEST = ServerRequest("embedded", memory_bytes=64 << 20)

pytestmark = pytest.mark.usefixtures("server")


class TestEmbedded(EmbeddedContract):
    provider = Embedded()
    providers = POSTGRES_PROVIDERS
    others = MONGO_PROVIDERS
    request = REQUEST
    complaint = "FATAL"
    gone = psycopg.OperationalError

    @contextmanager
    def connected(self, endpoint: PostgresEndpoint) -> Iterator[Callable[[], object]]:
        with psycopg.connect(endpoint.conninfo) as connection:
            yield lambda: connection.execute("SELECT 1")


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
    with choice.start(POSTGRES_PROVIDERS, REQUEST) as running:
        assert running.endpoint.version >= 180_000
