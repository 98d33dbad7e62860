"""The container provider: an official image, on a port that only this machine reaches."""

from __future__ import annotations

import os
import secrets
import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from docker.errors import DockerException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.docker_engine import (
    LABEL,
    clean_containers,
    engine_problem,
    explanation,
    remove_containers,
)
from optimizer.engines.providers.endpoint import E, Running
from optimizer.engines.providers.home import Home, open_home
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

LOOPBACK = "127.0.0.1"
START_SECONDS = 90.0
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a container is run: its environment, its command, and other arguments of `docker run`."""

    environment: Mapping[str, str] = field(repr=False)
    command: Sequence[str]
    arguments: Mapping[str, Any] = field(default_factory=dict)


class ContainerProvider(Provider[E]):
    """A server in a container, by the Docker engine that answers here.

    The image is `official`, or the one that the environment variable `variable` names; `port` is the
    server's inside.
    """

    name = "container"
    official: str
    variable: str
    port: int

    @property
    def image(self) -> str:
        return os.environ.get(self.variable) or self.official

    @abstractmethod
    def recipe(self, password: str, memory_bytes: int) -> Recipe:
        """The container, to be reached with the password."""

    @abstractmethod
    def reach(self, host: str, port: int, password: str, claim_id: str, memory_bytes: int) -> E | None:
        """The server at this address, ready for use; None where it doesn't answer there (yet)."""

    def availability(self, request: ServerRequest) -> Availability:
        problem = engine_problem()
        if problem:
            return self._answer(False, problem)
        return self._answer(True, f"image {self.image}")

    def clean(self, home: Home) -> tuple[str, ...]:
        with suppress(DockerException, OSError):
            return () if engine_problem() else clean_containers(home)
        return ()

    def start(self, request: ServerRequest) -> Running[E]:
        problem = engine_problem()
        if problem:
            raise EngineUnavailable(problem, "start Docker, or use --provider embedded")
        try:
            return self._start(request.memory_bytes)
        except (DockerException, OSError) as error:
            raise EngineUnavailable(
                f"the container of {self.image} didn't start: {explanation(error)}",
                f"docker pull {self.image}, name an image that is here by {self.variable}, "
                "or use --provider embedded",
            ) from error

    def _start(self, memory_bytes: int) -> Running[E]:
        with ExitStack() as undo:
            claim = make_claim(open_home())
            undo.callback(claim.release)
            undo.callback(remove_containers, claim.id)
            password = secrets.token_urlsafe(24)
            server = self._made(self.recipe(password, memory_bytes), claim.id)
            undo.callback(server.get_docker_client().client.close)
            server.start()
            endpoint = self._endpoint(server, password, claim.id, memory_bytes)
            return Running(endpoint, undo.pop_all())

    def _made(self, recipe: Recipe, claim_id: str) -> DockerContainer:
        """The container, not started; its reaper container isn't needed, since claims are."""
        testcontainers_config.ryuk_disabled = True
        server = DockerContainer(
            self.image,
            command=cast("Any", list(recipe.command)),
            env=dict(recipe.environment),
            labels={LABEL: claim_id},
            **recipe.arguments,
        )
        server.ports = cast("dict[str, int | None]", {f"{self.port}/tcp": (LOOPBACK, None)})
        return server

    def _endpoint(self, server: DockerContainer, password: str, claim_id: str, memory_bytes: int) -> E:
        """Asked from outside until it answers, given up when the server ends."""
        for _ in attempts(START_SECONDS, POLL_SECONDS):
            server.reload()
            for host, port in self._addresses(server):
                endpoint = self.reach(host, port, password, claim_id, memory_bytes)
                if endpoint is not None:
                    return endpoint
            if server.status != "running":
                break
        raise EngineUnavailable(f"{self.title} in {self.image} didn't start", _log_tail(server))

    def _addresses(self, server: DockerContainer) -> list[tuple[str, int]]:
        """Where the container may be reached, fastest first.

        Its own address works for a process on the same Linux host or network, without the proxy that stands
        behind a published port; elsewhere (macOS, virtual machines) only the published port does.
        """
        network = server.get_wrapped_container().attrs["NetworkSettings"]
        own = [
            (entry["IPAddress"], self.port) for entry in network["Networks"].values() if entry["IPAddress"]
        ]
        ports = network["Ports"].get(f"{self.port}/tcp") or ()
        published = [(LOOPBACK, int(entry["HostPort"])) for entry in ports]
        return [*own, *published] if sys.platform == "linux" else published


def _log_tail(server: DockerContainer, lines: int = 15) -> str:
    text = server.get_wrapped_container().logs(tail=lines).decode(errors="replace")
    return str(text).strip()
