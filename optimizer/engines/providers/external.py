"""The external provider: a server of the user's, where we only make databases of our own."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import ExitStack

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.endpoint import E, Running
from optimizer.engines.providers.home import open_home
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

EXTERNAL = "external"
SETTINGS_STAY = "a server of yours: its settings stay as they are"


class ExternalProvider(Provider[E]):
    """A server that runs already, named by a DSN; `forms` says how one is written."""

    name = EXTERNAL
    forms: str

    @abstractmethod
    def describe(self, dsn: str) -> str:
        """Where the DSN leads, for people: nothing that is secret. Nobody is asked.

        EngineUnavailable where it can't be read.
        """

    @abstractmethod
    def reach(self, dsn: str, claim_id: str) -> E:
        """The server; EngineUnavailable where it doesn't answer or won't do."""

    def availability(self, request: ServerRequest) -> Availability:
        if request.dsn is None:
            return self._answer(False, "no --dsn given")
        try:
            return self._answer(True, self.describe(request.dsn))
        except EngineUnavailable as error:
            return self._answer(False, error.message)

    def start(self, request: ServerRequest) -> Running[E]:
        if request.dsn is None:
            raise EngineUnavailable("no external server is named", self.forms)
        with ExitStack() as undo:
            claim = make_claim(open_home())
            undo.callback(claim.release)
            endpoint = self.reach(request.dsn, claim.id)
            return Running(endpoint, undo.pop_all())
