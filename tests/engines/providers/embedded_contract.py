"""What the embedded provider of every engine has to keep; each engine's tests derive from it."""

from __future__ import annotations

import os
import signal
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from optimizer.engines.providers import choice
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.embedded import EmbeddedProvider
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.processes import processes_of
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.owner import Owner


def working_in(folder: Path) -> list[psutil.Process]:
    """The processes whose working directory is below the folder: PostgreSQL's backends don't name theirs."""
    return [
        process
        for process in psutil.process_iter(["cwd"])
        if process.info["cwd"] and Path(process.info["cwd"]).is_relative_to(folder)
    ]


def assert_nothing_left(home: Home) -> None:
    assert working_in(home.folder) == []
    assert list(home.servers.iterdir()) == []
    assert list(home.claims.iterdir()) == []


def is_private(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


class EmbeddedContract(ABC):
    """`providers` are the engine's, `others` another engine's; `complaint` is in a failed start's message."""

    provider: EmbeddedProvider[Any]
    providers: Sequence[Provider[Any]]
    others: Sequence[Provider[Any]]
    request: ServerRequest
    complaint: str
    gone: type[Exception]

    @abstractmethod
    def connected(self, endpoint: Any) -> AbstractContextManager[Callable[[], object]]:
        """A connection, by what asks the server something small: `gone` where it has ended."""

    def start(self) -> Running[Any]:
        return choice.start(self.providers, self.request)

    def owner(self) -> Owner:
        return Owner.start(self.provider.engine, "embedded")

    def test_closing_leaves_nothing(self, home: Home) -> None:
        running = self.start()
        with self.connected(running.endpoint) as ask:
            ask()
            assert working_in(home.folder)
            running.close()
            with pytest.raises(self.gone):
                ask()
        running.close()
        assert_nothing_left(home)

    def test_two_servers_live_side_by_side(self, home: Home) -> None:
        with self.start() as one:
            with self.start() as other:
                assert one.endpoint.claim != other.endpoint.claim
            with self.connected(one.endpoint) as ask:
                ask()
        assert_nothing_left(home)

    def test_only_its_account_reaches_its_data_and_its_socket(self, home: Home) -> None:
        with self.start() as running:
            layout = Layout.of(home, running.endpoint.claim)
            assert is_private(layout.data)
            assert is_private(layout.sockets)

    def test_no_port_is_opened(self, home: Home) -> None:
        with self.start():
            processes = working_in(home.folder)
            assert processes
            assert [entry for process in processes for entry in listening(process)] == []

    def test_it_is_out_of_reach_of_the_terminal(self, home: Home) -> None:
        with self.start() as running:
            first, *_ = processes_of(Layout.of(home, running.endpoint.claim).data)
            assert os.getsid(first.pid) == first.pid

    def test_a_server_that_dies_can_still_be_closed(self, home: Home) -> None:
        with self.start() as running:
            for process in processes_of(Layout.of(home, running.endpoint.claim).data):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        assert_nothing_left(home)

    def test_what_a_killed_process_left_is_cleaned_by_the_next_start(self, home: Home) -> None:
        owner = self.owner()
        owner.end(signal.SIGKILL)
        left = Layout.of(home, owner.claim)
        assert list(processes_of(left.data))
        with self.start() as running:
            assert [folder.name for folder in home.servers.iterdir()] == [running.endpoint.claim]
            assert list(processes_of(left.data)) == []
        assert_nothing_left(home)

    def test_another_engine_cleans_it_too(self, home: Home) -> None:
        owner = self.owner()
        owner.end(signal.SIGKILL)
        choice.clean(self.others)
        assert_nothing_left(home)

    def test_a_living_process_keeps_its_server_until_it_is_interrupted(self, home: Home) -> None:
        owner = self.owner()
        choice.clean(self.providers)
        assert [folder.name for folder in home.servers.iterdir()] == [owner.claim]
        owner.end(signal.SIGINT)
        assert_nothing_left(home)

    def test_a_server_that_does_not_start_says_why_and_leaves_nothing(self, home: Home) -> None:
        with pytest.raises(EngineUnavailable, match=self.complaint) as caught:
            self.provider.start(ServerRequest("embedded", memory_bytes=1 << 60))
        assert caught.value.message == f"the embedded {self.provider.title} didn't start"
        assert_nothing_left(home)

    def test_a_long_home_gets_its_socket_elsewhere(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        long_home = home.folder / ("x" * 80)
        monkeypatch.setenv(VARIABLE, str(long_home))
        with self.start() as running:
            sockets = Layout.of(open_home(), running.endpoint.claim).sockets
            assert not sockets.is_relative_to(long_home)
            assert is_private(sockets)
        assert not sockets.exists()
        assert_nothing_left(open_home())


def listening(process: psutil.Process) -> list[object]:
    """The process's TCP sockets; none where it has just ended, as a backend may."""
    try:
        return [entry for entry in process.net_connections("inet") if entry.type == socket.SOCK_STREAM]
    except psutil.NoSuchProcess:
        return []
