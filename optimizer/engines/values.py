"""What goes in and out of an engine: how a server is wanted, what it is, what a load and a build did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from optimizer.model.index import Index
from optimizer.model.names import TableName


@dataclass(frozen=True, slots=True)
class ServerRequest:
    """How a server is wanted: `provider` is auto, container, embedded or external; `dsn` for external."""

    provider: str = "auto"
    dsn: str | None = field(default=None, repr=False)
    memory_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """What runs: `server` is its version for people (`PostgreSQL 18.6`), `settings` those that matter.

    `indicative` is True where the server isn't the one that a user would deploy; `notes` are lines that
    the run prints (what the server can't do, and what is done instead).
    """

    engine: str
    server: str
    provider: str
    settings: tuple[tuple[str, str], ...] = ()
    indicative: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether an engine can be had by a provider here, and if not, why not and what to do."""

    engine: str
    provider: str
    available: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows per table, bytes of tables and keys, seconds."""

    rows: tuple[tuple[TableName, int], ...]
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """An index that was built: its real bytes and the seconds it took; `error` where it couldn't be."""

    index: Index
    bytes: int = 0
    seconds: float = 0.0
    error: str = ""


Progress = Callable[[str, float], None]
"""Called with what is being done and the fraction of it that is done (0 to 1)."""
