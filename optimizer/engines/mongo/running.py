"""Runs a program's operations on a connection, in a transaction where it needs one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import random
from time import perf_counter_ns, sleep
from typing import Any

from bson.errors import InvalidDocument
from pymongo.errors import PyMongoError

from optimizer.engines.mongo.commands import Command, Prepared, Step
from optimizer.engines.mongo.connection import Connection
from optimizer.engines.mongo.failures import TRANSIENT, UNKNOWN_COMMIT, Refused, refused
from optimizer.engines.mongo.program import FETCHED, Aggregate, Draw, Fetch, Find, Require, Statement, Update
from optimizer.model.answer import TIMED_OUT

RETRYING_S = 120.0
"""How long a transaction that meets another's writes is tried again: as long as the driver's own helper."""

FIRST_PAUSE_S, GROWTH, LONGEST_PAUSE_S = 0.005, 1.5, 0.5
"""What it waits before, at most: as the driver's helper does (pymongo 4.20, `with_transaction`)."""

_FAILURES = (PyMongoError, InvalidDocument, OverflowError)
"""The latter two: what BSON can't hold (a document of more than 16 MB, an integer of more than 64 bits)."""

Documents = list[dict[str, Any]]


@dataclass(slots=True)
class Run:
    """One execution: the binding's values, what was fetched, the limit of each statement.

    `commands` are those made beforehand, by statement and step. `answers` are the documents of the last find
    or aggregate of each statement, kept only where `keeps_rows`.
    """

    prepared: Prepared
    values: dict[str, Any]
    timeout_ms: float = 0.0
    keeps_rows: bool = False
    commands: list[list[Command]] | None = None
    answers: list[tuple[Statement, Documents]] = field(default_factory=list)

    def make_commands(self) -> None:
        """Make the commands before the clock starts, where none of them needs what another fetches."""
        if not self.prepared.late:
            steps = [steps for _, steps in self.prepared.statements]
            self.commands = [[one.command(self.values) for one in many] for many in steps]


def run_plainly(connection: Connection, run: Run) -> float:
    """Run it without a transaction; milliseconds. Refused where the server or a guard refuses it."""
    start = perf_counter_ns()
    try:
        _body(connection, run)
    except _FAILURES as error:
        raise refused(error) from error
    return (perf_counter_ns() - start) / 1e6


def run_in_transaction(connection: Connection, run: Run, keep: bool) -> float:
    """Run it in a transaction that is committed, which is timed, or rolled back, which isn't; milliseconds.

    One that meets another's writes is tried again after a pause, all in the time. Refused where it is
    refused.
    """
    session = connection.session
    start = perf_counter_ns()
    attempt = 0
    while True:
        attempt += 1
        session.start_transaction()
        try:
            _body(connection, run)
            if keep:
                _commit(connection)
            return (perf_counter_ns() - start) / 1e6
        except _FAILURES as error:
            refusal = refused(error)
            waited_ms = (perf_counter_ns() - start) / 1e6
            if not _is_transient(error) or waited_ms > RETRYING_S * 1e3:
                raise refusal from error
            if run.timeout_ms and waited_ms > run.timeout_ms:
                raise Refused(TIMED_OUT, refusal.message) from error
        finally:
            if session.in_transaction:  # the driver itself passes over what the server says to this
                session.abort_transaction()
        sleep(_pause_s(attempt, run.timeout_ms, waited_ms))


def _pause_s(attempt: int, timeout_ms: float, waited_ms: float) -> float:
    """A random pause after so many attempts, within what is left of the time."""
    pause = random() * min(FIRST_PAUSE_S * GROWTH**attempt, LONGEST_PAUSE_S)
    return min(pause, (timeout_ms - waited_ms) / 1e3) if timeout_ms else pause


def _is_transient(error: Exception) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label(TRANSIENT)


def _commit(connection: Connection) -> None:
    while True:
        try:
            connection.session.commit_transaction()
            return
        except PyMongoError as error:
            if not error.has_error_label(UNKNOWN_COMMIT):
                raise


def _body(connection: Connection, run: Run) -> None:
    run.answers.clear()
    for number, (statement, steps) in enumerate(run.prepared.statements):
        commands = run.commands[number] if run.commands is not None else None
        answer = _statement(connection, run, steps, commands)
        if statement.outputs:
            run.answers.append((statement, answer))


def _statement(
    connection: Connection, run: Run, steps: tuple[Step, ...], commands: list[Command] | None
) -> Documents:
    """The documents of its last find or aggregate, where they are kept."""
    started = perf_counter_ns()
    answer: Documents = []
    for place, one in enumerate(steps):
        if not _applies(one, run):
            continue
        command = dict(commands[place]) if commands is not None else one.command(run.values)
        _limit(command, run, started)
        match one.operation:
            case Find() | Aggregate():
                answer = _read(connection, run, command)
            case Require() as guard:
                _guard(connection, guard, command)
            case Update(expect=expect) if expect:
                if not connection.write(command):
                    _explain_nothing(connection, run, one.unless, started)
                    raise Refused(expect, expect)
            case Fetch() as fetch:
                found = connection.rows(command) if not fetch.lock else connection.changed(command)
                run.values |= fetched(fetch, found)
                if fetch.stops and not found:
                    return []
            case Draw(name=name):
                run.values[FETCHED + name] = connection.draw(command)
            case _:
                connection.write(command)
    return answer


def _applies(step: Step, run: Run) -> bool:
    return step.when is None or step.when(run.values) is not None


def _guard(connection: Connection, guard: Require, command: Command) -> None:
    found = connection.write(command) if guard.lock else len(connection.rows(command))
    if bool(found) == guard.absent:
        raise Refused(guard.error, guard.error)


def _explain_nothing(connection: Connection, run: Run, guards: tuple[Step, ...], started: int) -> None:
    """Refused by the first of the guards that says why an update has matched nothing."""
    for one in guards:
        if isinstance(one.operation, Require) and _applies(one, run):
            command = one.command(run.values)
            _limit(command, run, started)
            _guard(connection, one.operation, command)


def _read(connection: Connection, run: Run, command: Command) -> Documents:
    if run.keeps_rows:
        return connection.rows(command)
    connection.fetch(command)
    return []


def fetched(operation: Fetch, found: Documents) -> dict[str, Any]:
    """What later operations read of the documents found, by the names of their values; None where nothing."""
    document = found[0] if found else {}
    return {FETCHED + name: at_path(document, path) for name, path in operation.fields.items()}


def at_path(document: Any, path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    for part in path.split("."):
        if isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        elif isinstance(document, Mapping):
            document = document.get(part)
        else:
            return None
    return document


def _limit(command: Command, run: Run, started_ns: int) -> None:
    if run.timeout_ms:
        command["maxTimeMS"] = _left_ms(run.timeout_ms, started_ns)


def _left_ms(timeout_ms: float, started_ns: int) -> int:
    """What is left of a statement's time for its next operation; Refused where nothing is."""
    left = timeout_ms - (perf_counter_ns() - started_ns) / 1e6
    if left <= 0:
        raise Refused(TIMED_OUT, "the time for the statement is over")
    return max(1, round(left))
