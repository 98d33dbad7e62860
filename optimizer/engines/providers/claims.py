"""Claims: how a later run knows that what it finds was left by a process that is dead.

A claim is a file that its process keeps locked (flock); the kernel lets go of the lock however the process
ends, so neither a reused process id nor a changed clock can mislead. Whatever a process starts carries its
claim's id: a folder's name, a container's label, a part of a database's name. A claim is made before what it
is for, and goes after it: an id of this home with no file is dead too.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from pathlib import Path

from optimizer.engines.providers.home import Home

PATTERN = re.compile(r"[0-9a-f]{6}-[0-9a-f]{8}")
"""An id: the home's, a hyphen, and eight random digits."""


class Claim:
    """A live claim of this process; `release` ends it, once or more often."""

    def __init__(self, claim_id: str, path: Path, descriptor: int) -> None:
        self.id = claim_id
        self._path = path
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        if self._descriptor is None:
            return
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


def make_claim(home: Home) -> Claim:
    """A new claim under this home, held until it is released or this process ends."""
    while True:
        claim_id = f"{home.id}-{secrets.token_hex(4)}"
        path = home.claims / claim_id
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _still_there(path, descriptor):
            return Claim(claim_id, path, descriptor)
        os.close(descriptor)


def is_dead(home: Home, claim_id: str) -> bool:
    """Whether `claim_id` is one of this home's whose process has ended; False for any other home's."""
    if not PATTERN.fullmatch(claim_id) or not claim_id.startswith(f"{home.id}-"):
        return False
    return not _is_locked(home.claims / claim_id)


def forget_dead(home: Home) -> None:
    """Remove the files of dead claims; to be called after what they were for has gone."""
    for path in home.claims.iterdir():
        if PATTERN.fullmatch(path.name) and not _is_locked(path):
            path.unlink(missing_ok=True)


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _still_there(path: Path, descriptor: int) -> bool:
    """Whether nobody took the file for a dead one between its making and its locking."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False
