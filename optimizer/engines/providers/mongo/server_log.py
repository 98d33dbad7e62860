"""What mongod writes to its log: a JSON document a line (before that, words of the loader or the kernel)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WAITING_FOR_CONNECTIONS = 23016
ERRORS = frozenset({"E", "F"})


def is_waiting_for_connections(log: Path) -> bool:
    """Whether the server says that it takes connections."""
    return any(entry.get("id") == WAITING_FOR_CONNECTIONS for entry in _entries(log))


def errors(log: Path) -> str:
    """The errors and fatal errors as lines for people; empty where there are none."""
    return "\n".join(_readable(entry) for entry in _entries(log) if entry.get("s") in ERRORS)


def _readable(entry: dict[str, Any]) -> str:
    """The message with what it is about: an error's own words where it has them."""
    about = entry.get("attr")
    if about is None:
        return str(entry.get("msg"))
    error = about.get("error")
    words = error.get("errmsg") if isinstance(error, dict) else None
    return f"{entry.get('msg')}: {words or json.dumps(about)}"


def _entries(log: Path) -> Iterator[dict[str, Any]]:
    if not log.exists():
        return
    for line in log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(entry, dict):
            yield entry
