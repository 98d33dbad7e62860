"""The embedded provider: a server of this machine, on a private socket, in a folder that goes with it."""

from __future__ import annotations

import subprocess
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from optimizer.engines.providers.account import Account, switch
from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.endpoint import E, Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.leftovers import clean_folder, clean_folders
from optimizer.engines.providers.processes import stop_child
from optimizer.engines.values import ServerRequest
from optimizer.errors import EngineUnavailable

START_SECONDS = 60.0
POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Program:
    """What is run as the server: the program and its arguments, its environment, and its account."""

    command: Sequence[str]
    environment: Mapping[str, str]
    account: Account | None = None


class EmbeddedProvider(Provider[E]):
    """A server that runs as a child of this process; `driver_error` is what its driver raises."""

    name = "embedded"
    driver_error: type[Exception]

    @abstractmethod
    def prepare(self, home: Home, layout: Layout, memory_bytes: int) -> Program:
        """Make the server's folders, and say what is to be run; EngineUnavailable where it isn't here."""

    @abstractmethod
    def is_ready(self, layout: Layout) -> bool:
        """Whether the server says that it takes connections."""

    @abstractmethod
    def reach(self, layout: Layout, claim_id: str, memory_bytes: int) -> E:
        """The server that runs in these folders, ready for use."""

    def reason(self, status: int, layout: Layout) -> str:
        """Why the server ended with this status while it started."""
        return layout.log_tail()

    def clean(self, home: Home) -> tuple[str, ...]:
        return clean_folders(home)

    def start(self, request: ServerRequest) -> Running[E]:
        try:
            return self._start(open_home(), request.memory_bytes)
        except (OSError, self.driver_error) as error:
            raise EngineUnavailable(
                f"the embedded {self.title} can't be started: {error}",
                f"{VARIABLE} names the folder it runs in",
            ) from error

    def _start(self, home: Home, memory_bytes: int) -> Running[E]:
        with ExitStack() as undo:
            claim = make_claim(home)
            undo.callback(claim.release)
            layout = Layout.of(home, claim.id)
            undo.callback(clean_folder, layout)
            process = _launch(self.prepare(home, layout, memory_bytes), layout)
            undo.callback(stop_child, process)
            self._wait_until_ready(process, layout)
            endpoint = self.reach(layout, claim.id, memory_bytes)
            return Running(endpoint, undo.pop_all())

    def _wait_until_ready(self, process: subprocess.Popen[bytes], layout: Layout) -> None:
        for _ in attempts(START_SECONDS, POLL_SECONDS):
            if self.is_ready(layout):
                return
            status = process.poll()
            if status is not None:
                raise EngineUnavailable(
                    f"the embedded {self.title} didn't start", self.reason(status, layout)
                )
        raise EngineUnavailable(
            f"the embedded {self.title} wasn't ready after {START_SECONDS:.0f} s", layout.log_tail()
        )


def _launch(program: Program, layout: Layout) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that a Ctrl-C at the terminal doesn't reach it."""
    with layout.log.open("ab") as log:
        return subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=layout.data,
            env=program.environment,
            start_new_session=True,
            **switch(program.account),
        )
