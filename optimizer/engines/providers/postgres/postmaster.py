"""What the file postmaster.pid of a data folder says."""

from __future__ import annotations

from pathlib import Path


def is_ready(data: Path) -> bool:
    """Whether the server of this data folder says that it takes connections.

    The eighth line of postmaster.pid is its status (PostgreSQL, src/include/utils/pidfile.h).
    """
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"
