"""What a query answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

TIMED_OUT = "timed out"
"""The error of an answer that didn't come in time: it can't be compared with anything."""

UNAVAILABLE = "can't be run in this design"
"""The error of an answer that a design can't give at all (a text search without its index)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a read (or of the last statement of a query), or the class of its error.

    `error` is a class of errors that is the same on every engine (`division by zero`, `duplicate key`,
    `check violated`, `missing parent`), empty where there was none.
    """

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    error: str = ""
