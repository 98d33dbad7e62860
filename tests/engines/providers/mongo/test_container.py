"""On a Docker engine, with the official image or its stand-in (tests/stand_in); .ci/docker has both."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from docker.errors import ImageNotFound
from pymongo.errors import OperationFailure
from testcontainers.core.docker_client import DockerClient

from optimizer.engines.mongo.client import client
from optimizer.engines.providers import choice
from optimizer.engines.providers.docker_engine import LABEL, engine_problem
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import Home
from optimizer.engines.providers.mongo.container import IMAGE_VARIABLE, Container
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.providers import MONGO_PROVIDERS
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable
from tests.engines.providers.owner import Owner

REQUEST = ServerRequest("container", memory_bytes=256 << 20)


def start(request: ServerRequest) -> Running[MongoEndpoint]:
    return choice.start(MONGO_PROVIDERS, request)


@pytest.fixture(scope="module")
def docker() -> Iterator[Any]:
    problem = engine_problem()
    if problem:
        pytest.skip(problem)
    with closing(DockerClient().client) as opened:
        try:
            opened.images.get(Container().image)
        except ImageNotFound:
            pytest.skip(f"the image {Container().image} isn't here")
        yield opened


def containers(docker: Any, claim: str) -> list[Any]:
    found: list[Any] = docker.containers.list(all=True, filters={"label": f"{LABEL}={claim}"})
    return found


def password_of(running: Running[MongoEndpoint]) -> str:
    password = urlsplit(running.endpoint.uri).password
    assert password is not None
    return password


def test_its_life_leaves_nothing(docker: Any, home: Home) -> None:
    volumes = {volume.id for volume in docker.volumes.list()}
    with start(REQUEST) as running:
        endpoint = running.endpoint
        assert endpoint.own
        with closing(client(endpoint.uri)) as connected:
            status = connected.admin.command("serverStatus")
            assert status["wiredTiger"]["cache"]["maximum bytes configured"] == 256 << 20
            assert connected.admin.command("getParameter", ttlMonitorEnabled=1)["ttlMonitorEnabled"] is False
            with connected.start_session() as session, session.start_transaction():
                connected.shop.rows.insert_one({"_id": 1}, session=session)
            assert connected.shop.rows.find_one() == {"_id": 1}
            assert list(endpoint.version) == connected.server_info()["versionArray"][:3]
        assert len(containers(docker, endpoint.claim)) == 1
    running.close()
    assert containers(docker, endpoint.claim) == []
    assert {volume.id for volume in docker.volumes.list()} <= volumes
    assert list(home.claims.iterdir()) == []


def test_only_this_machine_reaches_it_and_only_with_the_password(docker: Any, home: Home) -> None:
    with start(REQUEST) as running:
        (container,) = containers(docker, running.endpoint.claim)
        ports = container.attrs["NetworkSettings"]["Ports"]["27017/tcp"]
        assert {port["HostIp"] for port in ports} == {"127.0.0.1"}
        secret = password_of(running)
        wrong = running.endpoint.uri.replace(secret, "wrong")
        nobody = running.endpoint.uri.replace(f"root:{secret}@", "")
        for uri, answer in ((wrong, "Authentication failed"), (nobody, "requires authentication")):
            with closing(client(uri)) as connected, pytest.raises(OperationFailure, match=answer):
                connected.list_database_names()
        assert len(secret) >= 32
        assert secret not in container.logs().decode()
        assert secret not in repr(running.endpoint)


def test_what_a_killed_process_left_is_cleaned(docker: Any, home: Home) -> None:
    owner = Owner.start("mongo", "container")
    owner.end(signal.SIGKILL)
    assert len(containers(docker, owner.claim)) == 1
    choice.clean(MONGO_PROVIDERS)
    assert containers(docker, owner.claim) == []
    assert list(home.claims.iterdir()) == []


def test_an_interrupted_process_leaves_nothing(docker: Any, home: Home) -> None:
    owner = Owner.start("mongo", "container")
    choice.clean(MONGO_PROVIDERS)
    assert len(containers(docker, owner.claim)) == 1
    owner.end(signal.SIGINT)
    assert containers(docker, owner.claim) == []


def test_an_image_that_cannot_be_had_says_what_to_do(
    docker: Any, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(IMAGE_VARIABLE, "localhost:1/not/there:1")
    with pytest.raises(EngineUnavailable, match=IMAGE_VARIABLE) as caught:
        start(REQUEST)
    assert "localhost:1/not/there:1" in caught.value.message
    assert list(home.claims.iterdir()) == []


@pytest.mark.usefixtures("mongod")
def test_auto_goes_on_to_the_embedded_server(
    docker: Any, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(IMAGE_VARIABLE, "localhost:1/not/there:1")
    with start(ServerRequest(memory_bytes=256 << 20)) as running:
        assert running.endpoint.provider == "embedded"
        assert any("container was tried first" in note for note in running.endpoint.notes)


def test_a_server_that_does_not_start_shows_its_log(docker: Any, home: Home) -> None:
    with pytest.raises(EngineUnavailable, match="cacheSizeGB must be less than"):
        Container().start(ServerRequest("container", memory_bytes=1 << 60))


def test_without_an_engine_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    answer = Container().availability(REQUEST)
    assert not answer.available
    assert answer.reason.startswith("no Docker engine answers (/nowhere/docker.sock: No such file")
    with pytest.raises(EngineUnavailable, match="--provider embedded"):
        Container().start(REQUEST)
