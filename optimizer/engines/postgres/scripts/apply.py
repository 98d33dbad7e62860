"""Applying a DDL text to an empty database, all its mistakes told in one go."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import errors

from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.scripts.roles import Roles
from optimizer.engines.postgres.scripts.script import Statement, statements
from optimizer.errors import Problem, WorkloadError
from optimizer.model.query import SourceText

_UNDEFINED = (
    errors.UndefinedTable,
    errors.UndefinedObject,
    errors.UndefinedFunction,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
    errors.InvalidForeignKey,
)
_QUOTED_NAME = re.compile(r'"([^"]+)"|(?:type|function|relation) ([\w.]+)')
_MISSING_ROLE = re.compile(r'role "(.+)" does not exist')
_UNAVAILABLE_EXTENSION = re.compile(r'extension "(.+)" is not available|([^/]+)\.control"')


def apply_script(connection: psycopg.Connection[Any], source: SourceText, roles: Roles) -> tuple[str, ...]:
    """Run every statement of `source`, each in a transaction of its own; gives the notes for the run.

    Statements are tried to the end, so that several mistakes are told at once; those that only fail
    because an earlier one did aren't told. WorkloadError with all problems.
    """
    script = _Script(connection, source, roles)
    for statement in statements(source):
        script.run(statement)
    if script.problems:
        raise WorkloadError(*script.problems)
    return tuple(dict.fromkeys(script.notes))


class _Script:
    def __init__(self, connection: psycopg.Connection[Any], source: SourceText, roles: Roles) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._connection = connection
        self._source = source
        self._roles = roles
        self._failed_names: set[str] = set()

    def run(self, statement: Statement) -> None:
        if _changes_a_role(statement) and not self._roles.own_server:
            self.notes.append(f"left out, for it reaches beyond the database: {_first_line(statement)}")
            return
        try:
            self._connection.execute(statement.text.encode())
        except psycopg.Error as error:
            self._failed(statement, error)

    def _failed(self, statement: Statement, error: psycopg.Error) -> None:
        if self._connection.broken:
            raise lost(error) from error
        if self._excused(statement, error):
            return
        follows = isinstance(error, _UNDEFINED) and self._failed_names & _names(error)
        self._failed_names |= statement.names
        if not follows:
            self.problems.append(self._problem(statement, error))

    def _excused(self, statement: Statement, error: psycopg.Error) -> bool:
        """True where the failure doesn't matter to an optimizer, or could be mended."""
        message = error.diag.message_primary or ""
        if isinstance(error, errors.UndefinedObject) and (match := _MISSING_ROLE.search(message)):
            return self._without_role(statement, match[1])
        if isinstance(error, errors.DuplicateObject) and _makes_a_role(statement):
            return True
        if statement.starts("SET") and isinstance(error, errors.UndefinedObject):
            return self._leave_out(statement)
        ownership = _about_ownership(statement) or statement.starts("COMMENT", "ON", "EXTENSION")
        if isinstance(error, errors.InsufficientPrivilege) and ownership:
            return self._leave_out(statement)
        return False

    def _without_role(self, statement: Statement, role: str) -> bool:
        if self._roles.make(role):
            self.run(statement)
            return True
        return _about_ownership(statement) and self._leave_out(statement)

    def _leave_out(self, statement: Statement) -> bool:
        self.notes.append(f"left out, for this server's user may not do it: {_first_line(statement)}")
        return True

    def _problem(self, statement: Statement, error: psycopg.Error) -> Problem:
        diag = error.diag
        offset = statement.offset + (int(diag.statement_position) - 1 if diag.statement_position else 0)
        message = diag.message_primary or str(error)
        hint = diag.message_hint
        unavailable = _UNAVAILABLE_EXTENSION.search(message)
        if unavailable and statement.starts("CREATE", "EXTENSION"):
            name = unavailable[1] or unavailable[2]
            message = f'extension "{name}" is not available on this PostgreSQL server'
            hint = "install it there, use a server that has it, or take it out of the schema"
        elif diag.message_detail:
            message = f"{message} ({diag.message_detail})"
        return Problem(message, self._source.position(offset), hint)


def _names(error: psycopg.Error) -> set[str]:
    """The object names in the message, without their schemas."""
    found = _QUOTED_NAME.findall(error.diag.message_primary or "")
    names = {quoted or plain for quoted, plain in found}
    return names | {name.rpartition(".")[2] for name in names}


def _about_ownership(statement: Statement) -> bool:
    if statement.words[0] in {"GRANT", "REVOKE"} or statement.starts("ALTER", "DEFAULT", "PRIVILEGES"):
        return True
    return statement.words[0] == "ALTER" and "OWNER" in statement.text.upper().split()


def _makes_a_role(statement: Statement) -> bool:
    return statement.words[:2] in (("CREATE", "ROLE"), ("CREATE", "USER"), ("CREATE", "GROUP"))


def _changes_a_role(statement: Statement) -> bool:
    return statement.words[0] in {"ALTER", "DROP"} and statement.words[1:2] in (("ROLE",), ("USER",))


def _first_line(statement: Statement) -> str:
    return statement.text.splitlines()[0]
