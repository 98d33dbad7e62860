"""What a promise came to: a value beside its goal. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound that a value has to keep; the bound itself keeps it."""

    bound: float
    at_least: bool

    def met(self, value: float) -> bool:
        """Whether the value keeps the bound; NaN never does."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured promise; `unit` says what the value is of, `notes` what was measured beside it."""

    name: str
    value: float
    unit: str
    goal: Goal
    notes: tuple[str, ...] = ()

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.goal.met(self.value)


def at_least(bound: float) -> Goal:
    """The goal of a value that should be high."""
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    """The goal of a value that should be low."""
    return Goal(bound, at_least=False)


def number(value: float) -> str:
    """A number for people: whole with separators from 1,000 on, else three significant digits or more.

    From a billion on only its magnitude matters.
    """
    if value != value:
        return "none"
    if abs(value) >= 1e9:
        return f"{value:.1e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.4g}"
