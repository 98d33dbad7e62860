"""libpq's calls on one connection, without psycopg's cursors between.

Statements are prepared once by name; parameters go as text, rows come whole in text form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.pq.abc import PGconn, PGresult

from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.statements import Statement
from optimizer.errors import OptimizerError
from optimizer.model.answer import Answer

GOOD = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY})
TIMED_OUT_STATE = "57014"  # query_canceled
_TRIES = 1000
_SETTING = b"setting"
_SET_CONFIG = b"SELECT set_config($1, $2, false)"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement under its name on the server; `types` are the parameters' type oids."""

    statement: Statement
    name: bytes
    types: tuple[int, ...]


class Connection:
    """A connection in autocommit, in the workload's role; MeasurementLost where the server is gone."""

    def __init__(self, conninfo: str, role: str | None) -> None:
        self.cursors = _connect(conninfo)
        self._pg: PGconn = self.cursors.pgconn
        self._timeout_ms = 0.0
        self._settings: tuple[tuple[str, str], ...] = ()
        self._check(self._pg.prepare(_SETTING, _SET_CONFIG))
        if role:
            self.command(sql.SQL("SET ROLE {}").format(sql.Identifier(role)).as_bytes(self.cursors))

    @property
    def timeout_ms(self) -> float:
        """The timeout of a statement; 0 for none."""
        return self._timeout_ms

    def prepare(self, name: str, statement: Statement) -> Prepared:
        """The statement under this name; OptimizerError where the server refuses it."""
        with _Noticing():
            self._check(self._pg.prepare(name.encode(), statement.sql.encode()))
            described = self._check(self._pg.describe_prepared(name.encode()))
        types = tuple(described.param_type(n) for n in range(described.nparams))
        return Prepared(statement, name.encode(), types)

    def run(self, name: bytes, values: Sequence[bytes | None]) -> PGresult:
        """The result of a prepared statement, an error too."""
        with _Noticing():
            result = self._pg.exec_prepared(name, values)  # type: ignore[arg-type] # None is NULL
        if self._pg.status != pq.ConnStatus.OK:
            raise lost(None)
        return result

    def fetch(self, sql: str, values: Sequence[str | None]) -> Answer | None:
        """The rows of a statement with numbered parameters; None for one that gives none.

        psycopg's error where the server refuses it.
        """
        with psycopg.RawCursor(self.cursors) as cursor:
            cursor.execute(sql.encode(), values)
            if cursor.description is None:
                return None
            return Answer(tuple(column.name for column in cursor.description), tuple(cursor.fetchall()))

    def plan_anew(self, steps: Sequence[Prepared]) -> bool:
        """Let no statement run by a plan that is out of date: here the server sees to that itself.

        True where the next plan takes longer, since the server has to read its catalogs again.
        """
        return False

    def keep(self) -> None:
        """Be told that what is run next is to stay."""

    def send(self, command: bytes) -> PGresult:
        """The result of a command, an error too."""
        with _Noticing():
            return self._pg.exec_(command)

    def command(self, command: bytes) -> None:
        """Send a command, whatever the timeout of statements is; OptimizerError where it is refused."""
        self._check(self._surely(partial(self._pg.exec_, command)))

    def apply(self, settings: tuple[tuple[str, str], ...]) -> None:
        """Make the settings of a binding those of the connection."""
        if settings == self._settings:
            return
        for name, value in settings:
            values = [name.encode(), value.encode()]
            self._check(self._surely(partial(self._pg.exec_prepared, _SETTING, values)))
        self._settings = settings

    def limit(self, timeout_ms: float) -> None:
        """Stop statements after this time; 0 for never."""
        if timeout_ms != self._timeout_ms:
            milliseconds = max(1, round(timeout_ms)) if timeout_ms else 0
            self.command(f"SET statement_timeout = {milliseconds}".encode())
            self._timeout_ms = timeout_ms

    def close(self) -> None:
        """Close it; closing twice is fine."""
        self.cursors.close()

    def _surely(self, send: Callable[[], PGresult]) -> PGresult:
        """What is sent around a statement stands under its timeout too: again, where that has struck."""
        for _ in range(_TRIES):
            with _Noticing():
                result = send()
            if state(result) != TIMED_OUT_STATE:
                break
        return result

    def _check(self, result: PGresult) -> PGresult:
        if self._pg.status != pq.ConnStatus.OK:
            raise lost(None)
        if result.status not in GOOD:
            raise OptimizerError(message(result))
        return result


class _Noticing:
    """Libpq refuses to send on a connection that is known to be gone: MeasurementLost."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, psycopg.OperationalError):
            raise lost(error) from error


def _connect(conninfo: str) -> psycopg.Connection[Any]:
    try:
        return psycopg.connect(conninfo, autocommit=True, application_name="optimizer")
    except psycopg.OperationalError as error:
        raise lost(error) from error


def state(result: PGresult) -> str:
    """The SQLSTATE of an error; empty for none."""
    return (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()


def message(result: PGresult) -> str:
    """The server's words for an error."""
    primary = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message
    return primary.decode("utf-8", "replace").strip()
