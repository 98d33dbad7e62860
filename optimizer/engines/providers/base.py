"""The contract of a provider: one way in which a PostgreSQL server can be had."""

from __future__ import annotations

from abc import ABC, abstractmethod

from optimizer.engines.base import Availability, ServerRequest
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import Home

ENGINE = "postgres"


class Provider(ABC):
    """One way to a server. Making the object does nothing."""

    name: str

    @abstractmethod
    def availability(self, request: ServerRequest) -> Availability:
        """Whether `start` can be expected to work here, without starting anything; never raises."""

    @abstractmethod
    def start(self, request: ServerRequest) -> Running:
        """A running server that answers, or EngineUnavailable with what to do.

        Where it fails or is interrupted, nothing is left.
        """

    def clean(self, home: Home) -> tuple[str, ...]:
        """Remove what dead processes of this home left, where it can be reached; the ids of their claims."""
        return ()

    def _answer(self, available: bool, reason: str) -> Availability:
        return Availability(ENGINE, self.name, available, reason)
