"""Hiding indexes where all connections are one session, and its caches can't be told of a changed catalog.

What isn't shown is dropped in a transaction that is never committed: neither the planner nor a write sees
it, as if it weren't there, and nothing is rebuilt. What is dropped later has a savepoint of its own to go
back to: a search takes away one index at a time, and dropping those of many chunks takes long. A statement
that has a transaction of its own gets a savepoint too. Where another connection has work to do, all of it
ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psycopg import sql
from psycopg.pq.abc import PGresult

from optimizer.engines.postgres.connection import GOOD, Prepared
from optimizer.engines.postgres.statements import Statement
from optimizer.engines.postgres.visibility import Visibility
from optimizer.engines.timescale.process import Process, ProcessConnection
from optimizer.model.answer import Answer
from optimizer.model.index import Index

_SAVEPOINT = b"SAVEPOINT optimizer"
_BACK = b"ROLLBACK TO SAVEPOINT optimizer; RELEASE SAVEPOINT optimizer"

Hidden = frozenset[str]
"""Names of indexes as they stand in SQL."""


class Dropping(Visibility):
    """Says which indexes sessions have to drop for their statements."""

    @property
    def hidden(self) -> Hidden:
        """All that isn't shown."""
        gone = (self.built[index] for index in self.built.keys() - self.shown)
        return frozenset(sql.Identifier(one.schema, one.name).as_string() for one in gone)

    def _change(self, show: frozenset[Index], hide: frozenset[Index]) -> None:
        """Nothing changes before a session has something to run."""


class Turns:
    """Which of a database's connections holds the transaction, if any does."""

    def __init__(self) -> None:
        self._holder: HidingConnection | None = None

    def take(self, connection: HidingConnection) -> None:
        """Let the connection be the one; another one's ends."""
        self.settle(connection)
        self._holder = connection

    def settle(self, but: HidingConnection | None = None) -> None:
        """End the transaction, unless this connection holds it."""
        if self._holder is not None and self._holder is not but:
            self._holder.let_go()
            self._holder = None


class HidingConnection(ProcessConnection):
    """See ProcessConnection; statements don't see what `hidden` names when they are run."""

    def __init__(
        self, process: Process, role: str | None, hidden: Callable[[], Hidden], turns: Turns
    ) -> None:
        self._hidden = hidden
        self._turns = turns
        self._dropped: list[Hidden] = []  # in one transaction, one after another
        self._dropped_in = -1
        self._within = False
        turns.settle()
        super().__init__(process, role)

    def plan_anew(self, steps: Sequence[Prepared]) -> bool:
        return self._hide() or super().plan_anew(steps)

    def run(self, name: bytes, values: Sequence[bytes | None]) -> PGresult:
        self._hide()
        result = super().run(name, values)
        if result.status not in GOOD and not self._within:
            self.let_go()
        return result

    def fetch(self, sql: str, values: Sequence[str | None]) -> Answer | None:
        self._hide()
        return super().fetch(sql, values)

    def command(self, command: bytes) -> None:
        if command == b"BEGIN":
            self._begin()
        elif command == b"ROLLBACK" and self._within:
            self._within = False
            if self._holds:
                super().command(_BACK)
        else:
            self._turns.take(self)
            if command.startswith(b"SET "):  # a setting goes with the transaction that it is made in
                self.let_go()
            super().command(command)

    def send(self, command: bytes) -> PGresult:
        if command == b"COMMIT" and self._within:
            raise RuntimeError("what is written while indexes are hidden can't be kept")
        self._turns.take(self)
        return super().send(command)

    def keep(self) -> None:
        self._hide()
        if self._dropped:
            raise RuntimeError("what is written while indexes are hidden can't be kept")

    def prepare(self, name: str, statement: Statement) -> Prepared:
        self._turns.take(self)
        self.let_go()
        return super().prepare(name, statement)

    def apply(self, settings: tuple[tuple[str, str], ...]) -> None:
        if settings != self._settings:
            self._turns.take(self)
            self.let_go()
        super().apply(settings)

    def close(self) -> None:
        if not self.cursors.closed and not self.cursors.broken:
            self.let_go()
        super().close()

    def let_go(self) -> None:
        """End the transaction: all indexes are there again."""
        if self._holds and not self.cursors.closed:
            super().command(b"ROLLBACK")
        self._dropped, self._within = [], False

    @property
    def _holds(self) -> bool:
        """Whether the transaction is open; one of a process that was ended is gone."""
        return bool(self._dropped) and self._dropped_in == self._process.age

    @property
    def _gone(self) -> Hidden:
        return frozenset[str]().union(*self._dropped)

    def _begin(self) -> None:
        self._hide()
        self._within = bool(self._dropped)
        super().command(_SAVEPOINT if self._dropped else b"BEGIN")

    def _hide(self) -> bool:
        """Be without what is hidden now; True where that has changed."""
        wanted = self._hidden()
        self._turns.take(self)
        if not self._holds:
            self._dropped = []
        if self._within or wanted == self._gone:
            return False
        while not self._gone <= wanted:
            self._put_back()
        if more := wanted - self._gone:
            self._drop(more)
        return True

    def _drop(self, more: Hidden) -> None:
        """Drop these as well, as the user who has connected, whatever the workload's role is."""
        super().command(f"SAVEPOINT {self._level}".encode() if self._dropped else b"BEGIN")
        statement = f"DROP INDEX {', '.join(sorted(more))}"
        if self._role:
            statement = f"RESET ROLE; {statement}; SET ROLE {sql.Identifier(self._role).as_string()}"
        super().command(statement.encode())
        self._dropped.append(more)
        self._dropped_in = self._process.age

    def _put_back(self) -> None:
        """Have those again that were dropped last."""
        self._dropped.pop()
        if self._dropped:
            super().command(f"ROLLBACK TO SAVEPOINT {self._level}; RELEASE SAVEPOINT {self._level}".encode())
        else:
            super().command(b"ROLLBACK")

    @property
    def _level(self) -> str:
        """The savepoint before what is dropped on top of all that is."""
        return f"hidden_{len(self._dropped)}"
