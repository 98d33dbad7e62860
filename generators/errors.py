"""The error of a generator's description.

SpecError    a mapping of the workload file (or what the schema asks for) can't be generated
"""

from __future__ import annotations


class SpecError(ValueError):
    """What is wrong with a description; `path` are the keys (and list positions) that lead to it."""

    def __init__(self, message: str, path: tuple[str | int, ...] = (), hint: str | None = None) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message = message
        self.path = path
        self.hint = hint

    def under(self, *keys: str | int) -> SpecError:
        """The same error, seen from the mapping around."""
        return SpecError(self.message, (*keys, *self.path), self.hint)
