"""What a value of the file does wrong, before its position is known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class Mistake(ValueError):
    """A value that can't be used: what is wrong, and what to write instead."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def did_you_mean(word: str, known: Iterable[str], listed: str) -> str:
    """`did you mean 'x'?`, or all known words after `listed` where none is near."""
    words = sorted(known)
    near = get_close_matches(word.lower(), [w.lower() for w in words], 1, 0.6)
    if near:
        return f"did you mean {next(w for w in words if w.lower() == near[0])!r}?"
    return f"{listed} {', '.join(words)}" if words else f"{listed} none"
