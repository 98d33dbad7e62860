"""One client's connection to a PostgreSQL database.

The clock is libpq's own call (`PQexecPrepared` through psycopg.pq): every statement is prepared once by
name, parameters go as text, rows arrive whole in text form and aren't turned into Python objects. Plans are
custom in every execution (`plan_cache_mode = force_custom_plan`), so what runs is what EXPLAIN shows.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter_ns
from typing import Any

import psycopg
from psycopg import pq, sql
from psycopg.pq.abc import PGconn, PGresult

from optimizer.engines.base import Session
from optimizer.engines.postgres.plans import read_plan
from optimizer.engines.postgres.statements import Program, Statement, compile_query
from optimizer.engines.postgres.values import text
from optimizer.errors import MeasurementLost, OptimizerError
from optimizer.model.answer import TIMED_OUT, Answer
from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query
from optimizer.model.schema import Schema
from optimizer.model.workload import SessionSettings

_GOOD = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.EMPTY_QUERY})
_TIMED_OUT = "57014"  # query_canceled
_TRIES = 1000
_SET_CONFIG = b"SELECT set_config($1, $2, false)"
_ERROR_CLASSES = {
    _TIMED_OUT: TIMED_OUT,
    "22012": "division by zero",
    "23505": "duplicate key",
    "23514": "check violated",
    "23503": "missing parent",
    "23502": "null in a required column",
}
_FLOOR_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A statement under its name on the server; `types` are the parameters' type oids."""

    statement: Statement
    name: bytes
    types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A query whose statements are prepared; `explains` are its EXPLAINs, those of its checks included."""

    program: Program
    steps: tuple[_Prepared, ...]
    explains: tuple[_Prepared, ...]


class PostgresSession(Session):
    """See optimizer.engines.base.Session; `index_of` names the candidate that an index name stands for."""

    def __init__(
        self,
        conninfo: str,
        settings: SessionSettings,
        schema: Schema,
        index_of: Callable[[str], Index | None],
    ) -> None:
        self._schema = schema
        self._index_of = index_of
        self._ready: dict[str, _Ready] = {}
        self._timeout_ms = 0.0
        self._applied: tuple[tuple[str, str], ...] = ()
        self._connection = connect(conninfo)
        self._pg: PGconn = self._connection.pgconn
        self._command(b"SET plan_cache_mode = force_custom_plan")
        self._check(self._pg.prepare(b"floor", b""))
        self._check(self._pg.prepare(b"setting", _SET_CONFIG))
        if settings.role:
            role = sql.SQL("SET ROLE {}").format(sql.Identifier(settings.role))
            self._command(role.as_bytes(self._connection))

    def prepare(self, query: Query) -> None:
        self._prepared(query)

    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        ready = self._prepared(query)
        arguments = self._arguments(ready.steps, binding)
        self._apply(binding)
        self._limit(timeout_ms)
        if ready.program.is_write or len(ready.steps) > 1:
            return self._time_transaction(ready, arguments, keep)
        return self._clocked(ready.steps[0].name, arguments[0])

    def answer(self, query: Query, binding: Binding, timeout_ms: float = 0) -> Answer:
        ready = self._prepared(query)
        self._apply(binding)
        self._limit(timeout_ms)
        self._command(b"BEGIN")
        try:
            return self._rows(ready, binding)
        except psycopg.OperationalError as error:
            if self._connection.broken:
                raise _lost(error) from error
            return Answer(error=_ERROR_CLASSES.get(error.sqlstate or "", f"error {error.sqlstate}"))
        except psycopg.Error as error:
            return Answer(error=_ERROR_CLASSES.get(error.sqlstate or "", f"error {error.sqlstate}"))
        finally:
            if not self._connection.broken:
                self._command(b"ROLLBACK")

    def plan(self, query: Query, binding: Binding) -> Plan:
        ready = self._prepared(query)
        self._apply(binding)
        self._limit(0)
        arguments = self._arguments(ready.explains, binding)
        documents = [
            self._document(self._run(step.name, values))
            for step, values in zip(ready.explains, arguments, strict=True)
        ]
        return read_plan(documents, self._index_of)

    def floor_ms(self) -> float:
        rounds = [self._clocked(b"floor", []).ms for _ in range(_FLOOR_ROUNDS)]
        return statistics.median(rounds)

    def close(self) -> None:
        self._connection.close()

    def execute(self, query: Query, binding: Binding) -> None:
        """Run `query` once and commit it, not timed; an error raises OptimizerError."""
        execution = self.time(query, binding, keep=True)
        if execution.status is not Status.OK:
            raise OptimizerError(f"{query.name} failed: {execution.error or execution.status.value}")

    def _prepared(self, query: Query) -> _Ready:
        ready = self._ready.get(query.name)
        if ready is None:
            program = compile_query(query, self._schema)
            stem = f"q{len(self._ready)}"
            ready = _Ready(
                program,
                tuple(self._name(f"{stem}_{n}", s) for n, s in enumerate(program.statements)),
                tuple(
                    self._name(f"{stem}_e{n}", _explain(s))
                    for n, s in enumerate((*program.statements, *program.checks))
                ),
            )
            self._ready[query.name] = ready
        return ready

    def _name(self, name: str, statement: Statement) -> _Prepared:
        with _Noticing():
            self._check(self._pg.prepare(name.encode(), statement.sql.encode()))
            described = self._check(self._pg.describe_prepared(name.encode()))
        types = tuple(described.param_type(n) for n in range(described.nparams))
        return _Prepared(statement, name.encode(), types)

    def _arguments(self, steps: tuple[_Prepared, ...], binding: Binding) -> list[list[bytes | None]]:
        values = dict(binding.values)
        return [
            [text(values[n], oid) for n, oid in zip(s.statement.parameters, s.types, strict=True)]
            for s in steps
        ]

    def _time_transaction(self, ready: _Ready, arguments: list[list[bytes | None]], keep: bool) -> Execution:
        """`keep` times BEGIN to COMMIT (a lone statement commits by itself); else the statements alone."""
        alone = keep and len(ready.steps) == 1
        if alone:
            return self._clocked(ready.steps[0].name, arguments[0])
        start = perf_counter_ns()
        self._command(b"BEGIN")
        if not keep:
            start = perf_counter_ns()
        failure = None
        for step, values in zip(ready.steps, arguments, strict=True):
            result = self._run(step.name, values)
            if result.status not in _GOOD:
                failure = self._failure(result, (perf_counter_ns() - start) / 1e6)
                break
        elapsed = (perf_counter_ns() - start) / 1e6
        if failure is not None or not keep:
            self._command(b"ROLLBACK")
            return failure or Execution(elapsed)
        committed = self._sent(b"COMMIT")
        elapsed = (perf_counter_ns() - start) / 1e6
        return Execution(elapsed) if committed.status in _GOOD else self._failure(committed, elapsed)

    def _clocked(self, name: bytes, values: list[bytes | None]) -> Execution:
        start = perf_counter_ns()
        result = self._run(name, values)
        elapsed = (perf_counter_ns() - start) / 1e6
        return Execution(elapsed) if result.status in _GOOD else self._failure(result, elapsed)

    def _run(self, name: bytes, values: Sequence[bytes | None]) -> PGresult:
        with _Noticing():
            result = self._pg.exec_prepared(name, values)  # type: ignore[arg-type] # None is NULL
        if self._pg.status != pq.ConnStatus.OK:
            raise _lost(None)
        return result

    def _failure(self, result: PGresult, ms: float) -> Execution:
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        if state == _TIMED_OUT:
            return Execution(min(ms, self._timeout_ms) if self._timeout_ms else ms, Status.TIMED_OUT)
        if state.startswith("53"):
            raise MeasurementLost(_message(result), "Free disk or memory on the server, then use --resume.")
        return Execution(ms, Status.FAILED, _message(result))

    def _rows(self, ready: _Ready, binding: Binding) -> Answer:
        values = dict(binding.values)
        answer = Answer()
        with psycopg.RawCursor(self._connection) as cursor:
            for step in ready.steps:
                texts = [
                    text(values[n], oid) for n, oid in zip(step.statement.parameters, step.types, strict=True)
                ]
                cursor.execute(
                    step.statement.sql.encode(), [None if t is None else t.decode() for t in texts]
                )
                if cursor.description is not None:
                    columns = tuple(column.name for column in cursor.description)
                    answer = Answer(columns, tuple(cursor.fetchall()))
        return answer

    def _document(self, result: PGresult) -> Any:
        """EXPLAIN's answer; where planning itself fails (a constant 1 / 0), a plan that says so."""
        if result.status not in _GOOD:
            return [{"Plan": {"Node Type": f"fails: {_message(result)}", "Total Cost": 0.0}}]
        return json.loads(result.get_value(0, 0) or b"[]")

    def _apply(self, binding: Binding) -> None:
        if binding.settings == self._applied:
            return
        for name, value in binding.settings:
            values = [name.encode(), value.encode()]
            self._check(self._surely(partial(self._pg.exec_prepared, b"setting", values)))
        self._applied = binding.settings

    def _limit(self, timeout_ms: float) -> None:
        if timeout_ms != self._timeout_ms:
            milliseconds = max(1, round(timeout_ms)) if timeout_ms else 0
            self._command(f"SET statement_timeout = {milliseconds}".encode())
            self._timeout_ms = timeout_ms

    def _command(self, command: bytes) -> None:
        self._check(self._surely(partial(self._pg.exec_, command)))

    def _surely(self, send: Callable[[], PGresult]) -> PGresult:
        """What is sent around a statement stands under its timeout too: again, where that has struck."""
        for _ in range(_TRIES):
            with _Noticing():
                result = send()
            if (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode() != _TIMED_OUT:
                break
        return result

    def _sent(self, command: bytes) -> PGresult:
        with _Noticing():
            return self._pg.exec_(command)

    def _check(self, result: PGresult) -> PGresult:
        if self._pg.status != pq.ConnStatus.OK:
            raise _lost(None)
        if result.status not in _GOOD:
            raise OptimizerError(_message(result))
        return result


class _Noticing:
    """Libpq refuses to send on a connection that is known to be gone: MeasurementLost."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, psycopg.OperationalError):
            raise _lost(error) from error


def connect(conninfo: str) -> psycopg.Connection[Any]:
    """A connection in autocommit; MeasurementLost where the server doesn't answer."""
    try:
        return psycopg.connect(conninfo, autocommit=True, application_name="optimizer")
    except psycopg.OperationalError as error:
        raise _lost(error) from error


def _explain(statement: Statement) -> Statement:
    return Statement("EXPLAIN (FORMAT JSON, VERBOSE) " + statement.sql, statement.parameters)


def _message(result: PGresult) -> str:
    primary = result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or result.error_message
    return primary.decode("utf-8", "replace").strip()


def _lost(error: Exception | None) -> MeasurementLost:
    detail = f": {str(error).splitlines()[0]}" if error and str(error) else ""
    return MeasurementLost(
        f"the PostgreSQL server is gone{detail}",
        "What was measured so far is kept; look at the server's log, then run again with --resume.",
    )
