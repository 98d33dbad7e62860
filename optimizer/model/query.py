"""A query of the workload: one or more statements, how often they run, and how fast they must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optimizer.errors import Position


@dataclass(frozen=True, slots=True)
class Target:
    """The latency that `percentile` percent of the executions must not exceed, in milliseconds."""

    ms: float = 100.0
    percentile: float = 95.0

    def __str__(self) -> str:
        return f"{self.ms:g} ms @ p{self.percentile:g}"


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text that stands in a file, so that an offset into it can be told as a line and a column.

    `line` and `column` are those of the text's first character, `indent` the columns that YAML took off
    every further line.
    """

    text: str
    file: str
    line: int = 1
    column: int = 1
    indent: int = 0

    def position(self, offset: int) -> Position:
        """Where the character at `offset` (from 0) of the text stands in the file."""
        before = self.text[:offset]
        lines = before.count("\n")
        if lines == 0:
            return Position(self.file, self.line, self.column + offset)
        return Position(self.file, self.line + lines, self.indent + offset - before.rindex("\n"))


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """Where a parameter's values come from, as the file says under `params`.

    `kind` is `new` (argument: "table.column", values beyond those generated), `column` (argument:
    "table.column"), `now` (the run's fixed present), `value` (argument: the value itself) or `generator`
    (argument: a generator's mapping, as under `data`).
    """

    kind: str
    argument: Any = field(default=None, hash=False)
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Query:
    """One entry of `queries`.

    `share` is its part of the mix, normalised so that all shares add up to 1. More than one statement is
    one transaction. `overrides` are per-engine texts, by engine name, left as the file has them.
    """

    name: str
    share: float
    target: Target
    statements: tuple[SourceText, ...]
    params: Mapping[str, ParameterSpec] = field(default_factory=dict, hash=False)
    staleness_s: float | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)
    position: Position | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Binding:
    """One set of parameter values for a query, and the session's settings that go with them.

    `values` holds one value per parameter name of the whole query, `settings` the text of each setting.
    `label` says what the binding is for: `drawn` (from the data, as often as it occurs), `hot`, `cold`,
    `missing` (finds nothing), `null`, `first`, `last`.
    """

    values: tuple[tuple[str, Any], ...]
    settings: tuple[tuple[str, str], ...] = ()
    label: str = "drawn"

    def value(self, name: str) -> Any:
        """The value of the parameter `name`; KeyError where there is none."""
        return dict(self.values)[name]
