from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from optimizer.engines.providers import choice
from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import Home, home_folder, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.providers.processes import processes_of
from optimizer.engines.providers.timescale.embedded import Embedded
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.installation import package_version
from optimizer.engines.providers.timescale.providers import TIMESCALE_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.embedded_contract import EmbeddedContract, assert_nothing_left
from tests.engines.providers.owner import Owner

REQUEST = ServerRequest("embedded", memory_bytes=16 << 20)

DEATH_SECONDS = 10.0


@pytest.fixture(scope="session")
def fetched(timescale: TimescaleEndpoint) -> tuple[Path, ...]:
    """What the run's own home has got from npm and made of it."""
    return tuple(home_folder().glob(f"timescaledb-{package_version()}*"))


class TestEmbedded(EmbeddedContract):
    provider: Any = Embedded()
    providers = TIMESCALE_PROVIDERS
    others = MONGO_PROVIDERS
    request = REQUEST
    complaint = "broken"
    gone = psycopg.OperationalError
    fetched: tuple[Path, ...]

    @pytest.fixture(autouse=True)
    def _known(self, fetched: tuple[Path, ...]) -> None:
        self.fetched = fetched

    @contextmanager
    def connected(self, endpoint: TimescaleEndpoint) -> Iterator[Callable[[], object]]:
        with psycopg.connect(endpoint.conninfo) as connection:
            yield lambda: connection.execute("SELECT 1")

    def start(self) -> Running[Any]:
        self.provide()
        return super().start()

    def provide(self) -> None:
        """Nothing is fetched again for a home of one test."""
        for folder in self.fetched:
            link = open_home().folder / folder.name
            if not link.exists():
                link.symlink_to(folder)

    def owner(self) -> Owner:
        self.provide()
        return super().owner()

    def test_what_a_killed_process_left_is_cleaned_by_the_next_start(self, home: Home) -> None:
        owner = self.owner()
        owner.end(signal.SIGKILL)
        with self.start() as running:
            assert [folder.name for folder in home.servers.iterdir()] == [running.endpoint.claim]
        assert_nothing_left(home)

    def test_its_processes_end_soon_after_their_parent(self, home: Home) -> None:
        owner = self.owner()
        left = Layout.of(home, owner.claim)
        assert list(processes_of(left.data))
        owner.end(signal.SIGKILL)
        assert any(not list(processes_of(left.data)) for _ in attempts(DEATH_SECONDS, 0.1))
        choice.clean(self.providers)

    def test_a_server_that_does_not_start_says_why_and_leaves_nothing(self, home: Home) -> None:
        """The Node of this test gives its version and nothing else."""
        self.provide()
        program = home.folder / "node"
        program.write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo v20.0.0 && exit\necho broken >&2; exit 3\n'
        )
        program.chmod(0o755)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("PATH", str(home.folder))
            with pytest.raises(EngineUnavailable, match=self.complaint) as caught:
                self.provider.start(self.request)
        assert caught.value.message == "the embedded TimescaleDB didn't start"
        assert_nothing_left(home)


def test_it_is_available_and_says_which_version(timescale: TimescaleEndpoint) -> None:
    answer = Embedded().availability(REQUEST)
    assert answer.available
    assert package_version() in answer.reason
    assert "npm" not in answer.reason


def test_it_says_that_its_figures_are_no_measure(timescale: TimescaleEndpoint) -> None:
    assert timescale.indicative
    assert any("only rank" in note for note in timescale.notes)
    assert timescale.own
    assert timescale.superuser
    assert timescale.version // 10_000 == 17
    assert timescale.extension.startswith("2.23")


def test_its_settings_survive_a_reset(shared: str) -> None:
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute("RESET ALL")
        rows = connection.execute("SELECT name, current_setting(name) FROM pg_settings").fetchall()
    found: dict[str, str] = dict(rows)
    assert found["enable_seqscan"] == "on"
    assert found["random_page_cost"] == "1.1"
    assert found["shared_buffers"] == "32MB"
    assert found["autovacuum"] == "off"
    assert found["TimeZone"] == "UTC"
    assert [found[name] for name in ("fsync", "synchronous_commit", "full_page_writes")] == ["on"] * 3


def test_text_sorts_by_code_point_and_knows_unicode(shared: str) -> None:
    with psycopg.connect(shared) as connection:
        row = connection.execute("SELECT lower('ÉTÉ'), 'Z' < 'a', 'z' < 'é'").fetchone()
    assert row == ("été", True, True)
