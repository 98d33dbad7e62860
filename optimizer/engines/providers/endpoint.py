"""What a provider hands over: where the server is, and a handle that ends what was started."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """How a running server is reached, and what may be done there.

    `conninfo` is libpq's, and leads to a database that always exists. `own`: the whole server is ours, we
    are superuser, and anything may be set. `version` is PostgreSQL's number (180006). `claim` is the id
    that marks what this process makes there (claims.py says how a later run tells that it is dead).
    `notes` are lines for the user.
    """

    conninfo: str = field(repr=False)
    provider: str
    own: bool
    superuser: bool
    version: int
    claim: str
    notes: tuple[str, ...] = ()


class Running:
    """A server that was started or reached; a context manager.

    It closes itself when the interpreter ends; in a forked child closing does nothing.
    """

    def __init__(self, endpoint: Endpoint, undo: ExitStack) -> None:
        self.endpoint = endpoint
        self._undo = undo
        self._process = os.getpid()
        atexit.register(self.close)

    def close(self) -> None:
        """Stop what was started and remove its files; closing twice is fine."""
        if os.getpid() != self._process:
            return
        self._undo.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
