"""The contract of a provider: one way in which an engine's server can be had."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic

from optimizer.engines.providers.endpoint import E, Running
from optimizer.engines.providers.home import Home
from optimizer.engines.values import Availability, ServerRequest


class Provider(ABC, Generic[E]):
    """One way to a server. Making the object does nothing.

    `engine` is the engine's name in workload files, `title` its name for people.
    """

    engine: str
    title: str
    name: str

    @abstractmethod
    def availability(self, request: ServerRequest) -> Availability:
        """Whether `start` can be expected to work here, without starting anything; never raises."""

    @abstractmethod
    def start(self, request: ServerRequest) -> Running[E]:
        """A running server that answers, or EngineUnavailable with what to do.

        Where it fails or is interrupted, nothing is left.
        """

    def clean(self, home: Home) -> tuple[str, ...]:
        """Remove what dead processes of this home left, where it can be reached; the ids of their claims.

        What another engine's server left the same way (a folder, a container) goes too.
        """
        return ()

    def _answer(self, available: bool, reason: str) -> Availability:
        return Availability(self.engine, self.name, available, reason)
