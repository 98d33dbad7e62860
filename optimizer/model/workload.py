"""The workload: what the user's file says, defaults filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimizer.errors import Position
from optimizer.model.query import Query, SourceText


@dataclass(frozen=True, slots=True)
class Volume:
    """How many rows a table gets: exactly one of `rows`, `per` and `file` is set.

    `per` names the parent table, `mean` the children per parent, `skew` (`none`, `zipf`) how unequally
    they are spread. `rows` are already scaled. `file` is a Parquet or CSV file of the user's own rows.
    """

    table: str
    rows: int | None = None
    per: str | None = None
    mean: float | None = None
    skew: str = "none"
    file: Path | None = None
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ColumnData:
    """An entry of `data`: `table.column` and the mapping that describes its generator, as in the file."""

    table: str
    column: str
    spec: Mapping[str, Any] = field(hash=False)
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What each statement runs with: a role, and settings by name, each with where its value comes from.

    A setting's mapping is `{column: table.column}`, `{value: ...}` or a generator's mapping.
    """

    role: str | None = None
    settings: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), hash=False)
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Load:
    """The concurrent phase of the finals; `rate_per_s` None: closed loop only."""

    clients: int = 4
    rate_per_s: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard limits: a design that breaks one never wins. None: no limit."""

    storage_bytes: int | None = None
    indexes_per_table: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What the run may take: seconds for the whole of it, trials of the study."""

    seconds: float = 600.0
    trials: int = 2000


@dataclass(frozen=True)
class Workload:
    """The whole file; `text_digest` is the SHA-256 of the file and all files it names, in hexadecimal."""

    name: str
    path: Path
    ddl: SourceText
    queries: tuple[Query, ...]
    volumes: tuple[Volume, ...]
    text_digest: str
    description: str = ""
    engines: tuple[str, ...] = ("postgres",)
    seed: int = 42
    scale: float = 1.0
    data: tuple[ColumnData, ...] = ()
    session: SessionSettings = SessionSettings()
    load: Load = Load()
    memory_bytes: int = 1 << 30
    retention: tuple[tuple[str, float], ...] = ()  # table, seconds
    contenders: tuple[tuple[str, SourceText], ...] = ()  # name, SQL text of `designs`
    limits: Limits = Limits()
    relax: tuple[str, ...] = ()
    budget: Budget = Budget()
    defaults: tuple[str, ...] = ()  # a line for each default that was filled in, for the run to print
    positions: Mapping[tuple[str | int, ...], Position] = field(default_factory=dict, compare=False)
    """Where those keys stand whose values don't carry it themselves (`("retention", "sessions")`)."""
