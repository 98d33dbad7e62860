"""Our own databases on a server: how they are named and marked, and how those of dead runs are cleaned."""

from __future__ import annotations

import json
import re
import secrets
from typing import Any

import psycopg
from psycopg import sql

from optimizer.engines.postgres.scripts.roles import drop_role
from optimizer.engines.providers.claims import is_dead
from optimizer.engines.providers.home import Home

PREFIX = "optimizer_"
_LABEL_LENGTH = 20


def new_name(claim: str, label: str) -> str:
    """A database name that nothing else uses; the label is cut so that the name fits into 63 bytes."""
    readable = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:_LABEL_LENGTH]
    return f"{PREFIX}{claim.replace('-', '_')}_{secrets.token_hex(4)}_{readable}"


def mark(claim: str) -> str:
    """The comment on what this process makes, by which a later run knows when it is dead."""
    return json.dumps({"optimizer": 1, "claim": claim})


def create(admin: psycopg.Connection[Any], name: str, owner_mark: str) -> None:
    """An empty UTF-8 database with the C locale, and the mark on it."""
    database = sql.Identifier(name)
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(database)
    )
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, owner_mark))


def copy(
    admin: psycopg.Connection[Any], source: str, name: str, owner_mark: str, *, by_files: bool = False
) -> None:
    """A copy of a database that nobody is connected to, and the mark on it."""
    database = sql.Identifier(name)
    how = sql.SQL(" STRATEGY file_copy" if by_files else "")
    admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}{}").format(database, sql.Identifier(source), how))
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, owner_mark))


def rename(admin: psycopg.Connection[Any], name: str, new: str) -> None:
    """Give one of our databases, to which nobody is connected, another name; its mark stays on it."""
    _check(name)
    _check(new)
    admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new)))


def drop(admin: psycopg.Connection[Any], name: str) -> None:
    """Remove one of our databases, cutting off its sessions; ValueError for a name without our prefix."""
    _check(name)
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def clean(admin: psycopg.Connection[Any], home: Home) -> tuple[str, ...]:
    """Drop databases and roles that dead runs on this machine left, and name them.

    Only what carries both our prefix (databases) and our mark is touched, and only where this user owns it.
    """
    databases = admin.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE')",
        [PREFIX],
    ).fetchall()
    dead = [name for name, comment in databases if _is_dead(comment, home)]
    for name in dead:
        drop(admin, name)
    return tuple(dead + _clean_roles(admin, home))


def _check(name: str) -> None:
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} isn't one of the optimizer's own databases")


def _clean_roles(admin: psycopg.Connection[Any], home: Home) -> list[str]:
    roles = admin.execute("SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles").fetchall()
    return [name for name, comment in roles if _is_dead(comment, home) and drop_role(admin, name)]


def _is_dead(comment: str | None, home: Home) -> bool:
    """True for a mark of ours whose process, on this machine, no longer runs."""
    try:
        owner = json.loads(comment or "null")
    except json.JSONDecodeError:
        return False
    if not isinstance(owner, dict) or owner.get("optimizer") != 1:
        return False
    return is_dead(home, str(owner.get("claim")))
