"""Every error that a person can meet, with the exit status of the command line.

OptimizerError                     3
├── WorkloadError                  2   the workload file, its DDL or the command line is wrong
├── GateFailed                     1   a gate that the user asked for was missed
├── EngineUnavailable              3   a server could not be had
├── MeasurementLost                3   a server was lost, or a disk filled, while measuring
└── Interrupted                  130   stopped by the user; can be resumed
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is (None: on the command line), what is wrong, what to write instead."""

    message: str
    position: Position | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.position}: " if self.position else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class OptimizerError(Exception):
    """Base of all errors shown to a person; `hint` says what to do next."""

    exit_status = 3

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class WorkloadError(OptimizerError):
    """All mistakes of a workload in one go, in the order of their positions."""

    exit_status = 2

    def __init__(self, *problems: Problem) -> None:
        unique = tuple(dict.fromkeys(problems))
        ordered = sorted(unique, key=lambda p: (p.position is not None, p.position or Position("", 0, 0)))
        super().__init__("\n".join(str(problem) for problem in ordered))
        self.problems = tuple(ordered)


class GateFailed(OptimizerError):
    """A gate that the user asked for (`--require-target`) was missed; the result itself was written."""

    exit_status = 1


class EngineUnavailable(OptimizerError):
    """A server could not be had: not installed, not reachable, refused."""


class MeasurementLost(OptimizerError):
    """A server went away, or a disk filled, in mid-run; what was measured so far is kept."""


class Interrupted(OptimizerError):
    """The user stopped the run; it can be resumed."""

    exit_status = 130
