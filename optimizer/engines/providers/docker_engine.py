"""The Docker engine of this machine: whether one answers, and the containers on it that are ours."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from docker.errors import APIError, DockerException
from testcontainers.core.docker_client import DockerClient, get_docker_host

from optimizer.engines.providers.claims import is_dead
from optimizer.engines.providers.home import Home

LABEL = "schema-optimizer.claim"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "localunixsocket"})
DEFAULT_SOCKET = "unix:///var/run/docker.sock"
PING_SECONDS = 3


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


def clean_containers(home: Home) -> tuple[str, ...]:
    """Remove the containers whose owner was a process of this home and is dead; the ids of their claims."""
    return _remove(LABEL, lambda claim_id: is_dead(home, claim_id))


def remove_containers(claim_id: str) -> None:
    """Remove the containers of this claim."""
    _remove(f"{LABEL}={claim_id}", lambda _: True)


def explanation(error: Exception) -> str:
    """What the Docker engine says, without the request that it says it to."""
    return str(getattr(error, "explanation", None) or error)


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
