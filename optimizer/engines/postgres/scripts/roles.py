"""Roles that a schema speaks of and the server doesn't have."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import errors, sql


class Roles:
    """Makes missing roles, without the right to log in, and removes those that it made.

    `own_server` is True where the whole server is ours; `mark` is the comment that says who made a role.
    """

    def __init__(self, admin: psycopg.Connection[Any], mark: str, own_server: bool) -> None:
        self._admin = admin
        self._mark = mark
        self._made: list[str] = []
        self.own_server = own_server
        row = admin.execute(
            "SELECT rolsuper, rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        self.superuser, self.allowed = (bool(row[0]), bool(row[1])) if row else (False, False)

    def make(self, name: str) -> bool:
        """Create the role; False where this server's user may not, or the role is there."""
        if not self.allowed or self.exists(name):
            return False
        role = sql.Identifier(name)
        self._admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
        if not self.superuser:
            self._admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        self._adopt(name)
        return True

    def adopt_since(self, before: frozenset[str]) -> None:
        """Take the roles that a schema itself has made for ours, to be removed at the end."""
        for name in sorted(self.names() - before):
            if not self.made(name):
                self._adopt(name)

    def _adopt(self, name: str) -> None:
        self._admin.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(name), self._mark))
        self._made.append(name)

    def exists(self, name: str) -> bool:
        """True where the server has the role."""
        found = self._admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        return found is not None

    def names(self) -> frozenset[str]:
        """All roles of the server."""
        return frozenset(name for (name,) in self._admin.execute("SELECT rolname FROM pg_roles"))

    def made(self, name: str) -> bool:
        """True for a role of ours."""
        return name in self._made

    def drop(self) -> None:
        """Remove the roles that were made; their databases are gone by now."""
        for name in self._made:
            drop_role(self._admin, name)
        self._made.clear()


def drop_role(admin: psycopg.Connection[Any], name: str) -> bool:
    """Remove a role; False where another run's database still uses it."""
    try:
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    except errors.DependentObjectsStillExist:
        return False
    return True


def grant_all(connection: psycopg.Connection[Any], role: str) -> None:
    """Let `role` read and write every table of the connection's database."""
    schemas = connection.execute(
        "SELECT nspname FROM pg_namespace"
        " WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND oid IN"
        " (SELECT relnamespace FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S'))"
    ).fetchall()
    for (schema,) in schemas:
        names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
        for grant in _GRANTS:
            connection.execute(grant.format(**names))


_GRANTS = (
    sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}"),
    sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
    sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"),
)
