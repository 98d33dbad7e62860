"""What the container provider of every engine has to keep; each engine's tests derive from it.

They run on a Docker engine, with the official image or its stand-in (tests/stand_in); .ci/docker has both.
"""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
from docker.errors import ImageNotFound
from testcontainers.core.docker_client import DockerClient

from optimizer.engines.providers import choice
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.container import ContainerProvider
from optimizer.engines.providers.docker_engine import LABEL, engine_problem
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import Home
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.owner import Owner

NOT_THERE = "localhost:1/not/there:1"


def containers(docker: Any, claim: str) -> list[Any]:
    found: list[Any] = docker.containers.list(all=True, filters={"label": f"{LABEL}={claim}"})
    return found


class ContainerContract(ABC):
    """`too_much` is more memory than the server starts with, `complaint` what its log says to that."""

    provider: ContainerProvider[Any]
    providers: Sequence[Provider[Any]]
    request: ServerRequest
    too_much: int
    complaint: str

    @abstractmethod
    def check(self, endpoint: Any) -> None:
        """Assert that the server is set as it was asked for."""

    @abstractmethod
    def password_of(self, endpoint: Any) -> str:
        """The password that the endpoint's address holds."""

    @abstractmethod
    def check_that_strangers_are_refused(self, endpoint: Any) -> None:
        """Assert that nobody gets in with another password."""

    def start(self) -> Running[Any]:
        return choice.start(self.providers, self.request)

    def owner(self) -> Owner:
        return Owner.start(self.provider.engine, "container")

    @pytest.fixture
    def docker(self) -> Iterator[Any]:
        problem = engine_problem()
        if problem:
            pytest.skip(problem)
        with closing(DockerClient().client) as client:
            try:
                client.images.get(self.provider.image)
            except ImageNotFound:
                pytest.skip(f"the image {self.provider.image} isn't here")
            yield client

    def test_its_life_leaves_nothing(self, docker: Any, home: Home) -> None:
        volumes = {volume.id for volume in docker.volumes.list()}
        with self.start() as running:
            endpoint = running.endpoint
            assert endpoint.own
            self.check(endpoint)
            assert len(containers(docker, endpoint.claim)) == 1
        running.close()
        assert containers(docker, endpoint.claim) == []
        assert {volume.id for volume in docker.volumes.list()} <= volumes
        assert list(home.claims.iterdir()) == []

    def test_only_this_machine_reaches_it_and_only_with_the_password(self, docker: Any, home: Home) -> None:
        with self.start() as running:
            (container,) = containers(docker, running.endpoint.claim)
            ports = container.attrs["NetworkSettings"]["Ports"][f"{self.provider.port}/tcp"]
            assert {port["HostIp"] for port in ports} == {"127.0.0.1"}
            self.check_that_strangers_are_refused(running.endpoint)
            password = self.password_of(running.endpoint)
            assert len(password) >= 32
            assert password not in container.logs().decode()
            assert password not in repr(running.endpoint)

    def test_what_a_killed_process_left_is_cleaned(self, docker: Any, home: Home) -> None:
        owner = self.owner()
        owner.end(signal.SIGKILL)
        assert len(containers(docker, owner.claim)) == 1
        choice.clean(self.providers)
        assert containers(docker, owner.claim) == []
        assert list(home.claims.iterdir()) == []

    def test_an_interrupted_process_leaves_nothing(self, docker: Any, home: Home) -> None:
        owner = self.owner()
        choice.clean(self.providers)
        assert len(containers(docker, owner.claim)) == 1
        owner.end(signal.SIGINT)
        assert containers(docker, owner.claim) == []

    def test_an_image_that_cannot_be_had_says_what_to_do(
        self, docker: Any, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(self.provider.variable, NOT_THERE)
        with pytest.raises(EngineUnavailable, match=self.provider.variable) as caught:
            self.start()
        assert NOT_THERE in caught.value.message
        assert list(home.claims.iterdir()) == []

    def test_auto_goes_on_to_the_embedded_server(
        self, docker: Any, embedded: object, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(self.provider.variable, NOT_THERE)
        request = ServerRequest(memory_bytes=self.request.memory_bytes)
        with choice.start(self.providers, request) as running:
            assert running.endpoint.provider == "embedded"
            assert any("container was tried first" in note for note in running.endpoint.notes)

    def test_a_server_that_does_not_start_shows_its_log(self, docker: Any, home: Home) -> None:
        with pytest.raises(EngineUnavailable, match=self.complaint):
            self.provider.start(ServerRequest("container", memory_bytes=self.too_much))

    def test_without_an_engine_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
        answer = self.provider.availability(self.request)
        assert not answer.available
        assert answer.reason.startswith("no Docker engine answers (/nowhere/docker.sock: No such file")
        with pytest.raises(EngineUnavailable, match="--provider embedded"):
            self.provider.start(self.request)
        assert os.environ["DOCKER_HOST"] == "unix:///nowhere/docker.sock"
