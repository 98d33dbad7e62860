"""The container provider: the official PostgreSQL image, on a port that only this machine reaches."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
from docker.errors import APIError, DockerException
from psycopg.conninfo import make_conninfo
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient, get_docker_host

from optimizer.engines.base import Availability, ServerRequest
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import is_dead, make_claim
from optimizer.engines.providers.endpoint import Endpoint, Running
from optimizer.engines.providers.home import Home, open_home
from optimizer.engines.providers.settings import INITDB_ARGUMENTS, MIB, as_arguments, server_settings
from optimizer.errors import EngineUnavailable

IMAGE = "postgres:18"
IMAGE_VARIABLE = "OPTIMIZER_POSTGRES_IMAGE"
LABEL = "schema-optimizer.claim"
SUPERUSER = "postgres"
AUTH = "scram-sha-256"
LOOPBACK = "127.0.0.1"
LOCAL_HOSTS = frozenset({"localhost", LOOPBACK, "::1", "localunixsocket"})
PORT = "5432/tcp"
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
PING_SECONDS = 3
CONNECT_SECONDS = 2
START_SECONDS = 90.0
POLL_SECONDS = 0.1
SHARED_MEMORY_BYTES = 1 << 30


class Container(Provider):
    """PostgreSQL in a container, by the Docker engine that answers here."""

    name = "container"

    def availability(self, request: ServerRequest) -> Availability:
        problem = engine_problem()
        if problem:
            return self._answer(False, problem)
        return self._answer(True, f"image {image()}")

    def clean(self, home: Home) -> tuple[str, ...]:
        with suppress(DockerException, OSError):
            return () if engine_problem() else clean_containers(home)
        return ()

    def start(self, request: ServerRequest) -> Running:
        problem = engine_problem()
        if problem:
            raise EngineUnavailable(problem, "start Docker, or use --provider embedded")
        try:
            return _start(request)
        except (DockerException, OSError) as error:
            raise EngineUnavailable(
                f"the container of {image()} didn't start: {_explanation(error)}",
                f"docker pull {image()}, name an image that is here by {IMAGE_VARIABLE}, "
                "or use --provider embedded",
            ) from error


def image() -> str:
    """The official image, or the one that OPTIMIZER_POSTGRES_IMAGE names (PostgreSQL 17 or later)."""
    return os.environ.get(IMAGE_VARIABLE) or IMAGE


def engine_problem() -> str:
    """Why no container can be started here, empty where one can: does a Docker engine answer, and locally?"""
    problem = _socket_problem()
    if problem:
        return f"no Docker engine answers ({problem})"
    try:
        with closing(DockerClient(timeout=PING_SECONDS).client) as client:
            client.ping()
            host = urlsplit(client.api.base_url).hostname
    except (DockerException, OSError):
        return "no Docker engine answers"
    if host not in LOCAL_HOSTS:
        return f"the Docker engine is on another machine ({host}), whose loopback ports can't be reached"
    return ""


def _socket_problem() -> str:
    """Why the engine's socket can't be connected to; empty where it can, or isn't a socket of this machine.

    The Docker client would find out as well, but leaks the socket when nobody listens.
    """
    host = get_docker_host() or DEFAULT_SOCKET
    if not host.startswith("unix://"):
        return ""
    path = host.removeprefix("unix://")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PING_SECONDS)
        code = probe.connect_ex(path)
    return f"{path}: {os.strerror(code)}" if code else ""


def clean_containers(home: Home) -> tuple[str, ...]:
    """Remove the containers whose owner was a process of this home and is dead; the ids of their claims."""
    return _remove(LABEL, lambda claim_id: is_dead(home, claim_id))


def _remove_labelled(claim_id: str) -> None:
    _remove(f"{LABEL}={claim_id}", lambda _: True)


def _remove(label: str, wanted: Callable[[str], bool]) -> tuple[str, ...]:
    """Remove the containers with the label, and their volumes, whose claim's id is `wanted`; those ids."""
    removed: list[str] = []
    with closing(DockerClient().client) as client:
        for container in client.containers.list(all=True, filters={"label": label}, ignore_removed=True):
            if wanted(container.labels[LABEL]):
                _remove_one(container)
                removed.append(container.labels[LABEL])
    return tuple(removed)


def _remove_one(container: Any) -> None:
    """Remove a container, which may be gone already (404), or on its way (409)."""
    try:
        container.remove(force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise


class _Server(PostgresContainer):
    """The container, made but not started; its reaper container isn't needed, since claims are."""

    def __init__(self, password: str, claim_id: str, memory_bytes: int) -> None:
        testcontainers_config.ryuk_disabled = True
        super().__init__(
            image(),
            username=SUPERUSER,
            password=password,
            dbname=SUPERUSER,
            driver=None,
            command=["postgres", *as_arguments(server_settings(memory_bytes))],
            env={"POSTGRES_INITDB_ARGS": " ".join(INITDB_ARGUMENTS)},
            labels={LABEL: claim_id},
            shm_size=max(memory_bytes, SHARED_MEMORY_BYTES) // MIB * MIB,
        )
        self.ports = cast("dict[str, int | None]", {PORT: (LOOPBACK, None)})

    def _connect(self) -> None:
        """Leave the waiting to the provider, which asks from outside and gives up when the server ends."""


def _start(request: ServerRequest) -> Running:
    with ExitStack() as undo:
        claim = make_claim(open_home())
        undo.callback(claim.release)
        undo.callback(_remove_labelled, claim.id)
        password = secrets.token_urlsafe(24)
        server = _Server(password, claim.id, request.memory_bytes)
        undo.callback(server.get_docker_client().client.close)
        server.start()
        endpoint = _endpoint(server, password, claim.id)
        return Running(endpoint, undo.pop_all())


def _explanation(error: Exception) -> str:
    """What the Docker engine says, without the request that it says it to."""
    return str(getattr(error, "explanation", None) or error)


def _endpoint(server: _Server, password: str, claim_id: str) -> Endpoint:
    deadline = time.monotonic() + START_SECONDS
    while True:
        server.reload()
        for host, port in _addresses(server):
            conninfo = make_conninfo(
                host=host, port=port, user=SUPERUSER, dbname=SUPERUSER, password=password, require_auth=AUTH
            )
            version = _version(conninfo)
            if version:
                return Endpoint(
                    conninfo, Container.name, own=True, superuser=True, version=version, claim=claim_id
                )
        if server.status != "running" or time.monotonic() > deadline:
            raise EngineUnavailable(f"PostgreSQL in {image()} didn't start", _log_tail(server))
        time.sleep(POLL_SECONDS)


def _addresses(server: _Server) -> list[tuple[str, int]]:
    """Where the container may be reached, fastest first.

    Its own address works for a process on the same Linux host or network, without the proxy that stands
    behind a published port; elsewhere (macOS, virtual machines) only the published port does.
    """
    network = server.get_wrapped_container().attrs["NetworkSettings"]
    own = [(entry["IPAddress"], server.port) for entry in network["Networks"].values() if entry["IPAddress"]]
    published = [(LOOPBACK, int(entry["HostPort"])) for entry in network["Ports"].get(PORT) or ()]
    return [*own, *published] if sys.platform == "linux" else published


def _version(conninfo: str) -> int:
    """The number of the server's version; 0 where it doesn't take connections there (yet)."""
    try:
        with psycopg.connect(conninfo, connect_timeout=CONNECT_SECONDS) as connection:
            return connection.info.server_version
    except psycopg.OperationalError:
        return 0


def _log_tail(server: _Server, lines: int = 15) -> str:
    text = server.get_wrapped_container().logs(tail=lines).decode(errors="replace")
    return str(text).strip()
