"""Sessions with a process that can't stop a statement: it is ended, and started again on its data.

What was committed is there again, what wasn't is rolled back; every connection to it has to be opened anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Timer

from psycopg.pq.abc import PGresult

from optimizer.engines.postgres.connection import TIMED_OUT_STATE, Connection, Prepared
from optimizer.engines.postgres.statements import Statement
from optimizer.errors import MeasurementLost

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
        """End whatever it is doing; from any thread."""
        self._again()
        self.age += 1
        for told in self._told:
            told()


class Alarm:
    """Ends the process after some time, unless it is called off before that; a context manager."""

    def __init__(self, process: Process, seconds: float) -> None:
        self.struck = False
        self._process = process
        self._timer = Timer(seconds, self._strike)
        self._timer.daemon = True

    def _strike(self) -> None:
        self.struck = True
        self._process.restart()

    def __enter__(self) -> Alarm:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        self._timer.join()


class ProcessConnection(Connection):
    """See Connection: one that lives on where the process was ended."""

    def __init__(self, process: Process, role: str | None) -> None:
        self._process = process
        self._role = role
        self._age = process.age
        self._statements: dict[str, Statement] = {}
        self._commands: list[bytes] = []
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
        result = None
        with Alarm(self._process, self._timeout_ms / 1000) as alarm:
            try:
                result = super().run(name, values)
            except MeasurementLost:
                alarm.__exit__()
                if not alarm.struck:
                    raise
        if result is not None and not alarm.struck:
            return result
        self._follow()
        return super().send(_TIMED_OUT)

    def send(self, command: bytes) -> PGresult:
        self._follow()
        return super().send(command)

    def command(self, command: bytes) -> None:
        self._follow()
        super().command(command)
        if command.startswith(b"SET "):
            self._commands.append(command)

    def apply(self, settings: tuple[tuple[str, str], ...]) -> None:
        self._follow()
        super().apply(settings)

    def limit(self, timeout_ms: float) -> None:
        self._timeout_ms = timeout_ms

    def _follow(self) -> None:
        """Open the connection anew, and make it what it was, where the process has started again."""
        if self._age == self._process.age:
            return
        self._age = self._process.age
        settings, commands, statements = self._settings, self._commands, self._statements
        self._commands = []
        timeout = self._timeout_ms
        self.close()
        super().__init__(self._process.conninfo(), self._role)
        self._timeout_ms = timeout
        for command in commands:
            self.command(command)
        for name, statement in statements.items():
            super().prepare(name, statement)
        self.apply(settings)


def process_of(conninfo: Callable[[str], str], restart: Callable[[str], str], name: str) -> Process:
    """The process of a database."""
    return Process(partial(conninfo, name), partial(restart, name))
