"""Which versions of MongoDB will do."""

from __future__ import annotations

from optimizer.errors import EngineUnavailable

OLDEST = (5, 0)


def check(server: str, version: tuple[int, int, int]) -> None:
    """EngineUnavailable where the version is too old; `server` is what the message calls it."""
    if version[:2] < OLDEST:
        found, oldest = (".".join(map(str, numbers)) for numbers in (version, OLDEST))
        raise EngineUnavailable(f"{server} is MongoDB {found}", f"{oldest} is the oldest that will do")
