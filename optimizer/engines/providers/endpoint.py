"""What a provider hands over: where the server is, and a handle that ends what was started."""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How a running server is reached, and what may be done there; each engine adds its address.

    `own`: the whole server is ours, and anything may be set. `claim` is the id that marks what this process
    makes there (claims.py says how a later run tells that it is dead). `notes` are lines for the user.
    """

    provider: str
    own: bool
    claim: str
    notes: tuple[str, ...] = ()


E = TypeVar("E", bound=Endpoint)


class Running(Generic[E]):
    """A server that was started or reached; a context manager.

    It closes itself when the interpreter ends; in a forked child closing does nothing.
    """

    def __init__(self, endpoint: E, undo: ExitStack) -> None:
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

    def __enter__(self) -> Running[E]:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
