"""What a server says of the extension."""

from __future__ import annotations

from typing import Any

import psycopg

EXTENSION = "timescaledb"


def version(connection: psycopg.Connection[Any]) -> str:
    """The version that CREATE EXTENSION would give; empty where the server hasn't got it."""
    row = connection.execute(
        "SELECT default_version FROM pg_available_extensions WHERE name = %s", [EXTENSION]
    ).fetchone()
    return str(row[0]) if row else ""


def is_preloaded(connection: psycopg.Connection[Any]) -> bool:
    """Whether it is in shared_preload_libraries, as CREATE EXTENSION needs; only superusers may ask."""
    row = connection.execute("SELECT current_setting('shared_preload_libraries')").fetchone()
    return row is not None and EXTENSION in str(row[0])
