"""Sessions with a process that can't stop a statement: it is ended, and started again on its data.

What was committed is there again, what wasn't is rolled back; every connection to it has to be opened anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from select import POLLIN, POLLOUT, poll
from time import monotonic

import psycopg
from psycopg import errors
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from optimizer.engines.postgres.connection import GOOD, TIMED_OUT_STATE, Prepared
from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.statements import Statement
from optimizer.engines.timescale.connection import TimescaleConnection
from optimizer.model.answer import Answer

_TIMED_OUT = f"DO $$ BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '{TIMED_OUT_STATE}'; END $$".encode()


class Process:
    """A process by its address; `age` is how often it was ended and started again."""

    def __init__(self, conninfo: Callable[[], str], again: Callable[[], object]) -> None:
        self.conninfo = conninfo
        self.age = 0
        self._again = again
        self._told: list[Callable[[], None]] = []

    def tell(self, restarted: Callable[[], None]) -> None:
        """Call this whenever the process was started again."""
        self._told.append(restarted)

    def restart(self) -> None:
        """End whatever it is doing."""
        self._again()
        self.age += 1
        for told in self._told:
            told()


class ProcessConnection(TimescaleConnection):
    """See TimescaleConnection: one that lives on where the process was ended.

    The time of a statement is watched here: what hasn't answered by its end is ended with the process.
    """

    def __init__(self, process: Process, role: str | None) -> None:
        self._process = process
        self._role = role
        self._age = process.age
        self._statements: dict[str, Statement] = {}
        self._set: list[bytes] = []
        super().__init__(process.conninfo(), role)

    def prepare(self, name: str, statement: Statement) -> Prepared:
        self._follow()
        prepared = super().prepare(name, statement)
        self._statements[name] = statement
        return prepared

    def run(self, name: bytes, values: Sequence[bytes | None]) -> PGresult:
        self._follow()
        if not self._timeout_ms:
            return super().run(name, values)
        send = partial(self._pg.send_query_prepared, name, values)
        return self._watched(send) or super().send(_TIMED_OUT)

    def fetch(self, sql: str, values: Sequence[str | None]) -> Answer | None:
        if not self._timeout_ms:
            return super().fetch(sql, values)
        texts = [None if value is None else value.encode() for value in values]
        result = self._watched(partial(self._pg.send_query_params, sql.encode(), texts))
        if result is None:
            raise errors.QueryCanceled("stopped")
        if result.status not in GOOD:
            raise errors.error_from_result(result)
        return self._answer(result) if result.nfields else None

    def send(self, command: bytes) -> PGresult:
        self._follow()
        return super().send(command)

    def command(self, command: bytes) -> None:
        self._follow()
        super().command(command)
        if command.startswith(b"SET "):
            self._set.append(command)

    def apply(self, settings: tuple[tuple[str, str], ...]) -> None:
        self._follow()
        super().apply(settings)

    def limit(self, timeout_ms: float) -> None:
        self._timeout_ms = timeout_ms

    def _watched(self, send: Callable[[], None]) -> PGresult | None:
        """The result of what is sent; None where the process had to be ended, and is there again."""
        try:
            send()
            in_time = self._has_answered(monotonic() + self._timeout_ms / 1000)
            result = self._pg.get_result() if in_time else None
            while in_time and self._pg.get_result() is not None:
                pass
        except psycopg.OperationalError as error:
            raise lost(error) from error
        if result is None:
            self._process.restart()
            self._follow()
        return result

    def _has_answered(self, deadline: float) -> bool:
        """Wait for the whole answer, until the deadline."""
        waiting = poll()
        while (unsent := self._pg.flush()) or self._pg.is_busy():
            waiting.register(self._pg.socket, POLLIN | POLLOUT if unsent else POLLIN)
            if not waiting.poll(max(0.0, deadline - monotonic()) * 1000):
                return False
            self._pg.consume_input()
        return True

    def _answer(self, result: PGresult) -> Answer:
        """The rows as psycopg's cursors give them."""
        names = [result.fname(n) or b"" for n in range(result.nfields)]
        transformer = Transformer(self.cursors)
        transformer.set_pgresult(result)
        rows = transformer.load_rows(0, result.ntuples, tuple)
        return Answer(tuple(name.decode() for name in names), tuple(rows))

    def _follow(self) -> None:
        """Open the connection anew, and make it what it was, where the process has started again."""
        if self._age == self._process.age:
            return
        self._age = self._process.age
        settings, commands, timeout_ms = self._settings, self._set, self._timeout_ms
        self.close()
        super().__init__(self._process.conninfo(), self._role)
        self._set = []
        for command in commands:
            self.command(command)
        for name, statement in self._statements.items():
            super().prepare(name, statement)
        self.apply(settings)
        self._timeout_ms = timeout_ms


def process_of(conninfo: Callable[[str], str], restart: Callable[[str], str], name: str) -> Process:
    """The process of a database."""
    return Process(partial(conninfo, name), partial(restart, name))
