"""One client's connection to a PostgreSQL database.

The clock is libpq's own call (`PQexecPrepared` through psycopg.pq): every statement is prepared once by
name, parameters go as text, rows arrive whole in text form and aren't turned into Python objects. Plans are
custom in every execution (`plan_cache_mode = force_custom_plan`), so what runs is what EXPLAIN shows.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

import psycopg
from psycopg.pq.abc import PGresult

from optimizer.engines.base import Session
from optimizer.engines.postgres.connection import (
    GOOD,
    TIMED_OUT_STATE,
    Connection,
    Prepared,
    message,
    state,
)
from optimizer.engines.postgres.failures import lost
from optimizer.engines.postgres.layout import TableLayout
from optimizer.engines.postgres.plans import read_plan
from optimizer.engines.postgres.statements import Program, Statement, compile_query
from optimizer.engines.postgres.values import text
from optimizer.errors import MeasurementLost
from optimizer.model.answer import TIMED_OUT, Answer
from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query

_ERROR_CLASSES = {
    TIMED_OUT_STATE: TIMED_OUT,
    "22012": "division by zero",
    "23505": "duplicate key",
    "23514": "check violated",
    "23503": "missing parent",
    "23502": "null in a required column",
}
_FLOOR_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class _Ready:
    """A query whose statements are prepared; `explains` are its EXPLAINs, those of its checks included."""

    program: Program
    steps: tuple[Prepared, ...]
    explains: tuple[Prepared, ...]


class PostgresSession(Session):
    """See optimizer.engines.base.Session; `index_of` names the candidate that an index name stands for."""

    def __init__(
        self, connection: Connection, layout: TableLayout, index_of: Callable[[str], Index | None]
    ) -> None:
        self._layout = layout
        self._index_of = index_of
        self._ready: dict[str, _Ready] = {}
        self._connection = connection
        self._connection.command(b"SET plan_cache_mode = force_custom_plan")
        self._floor = self._connection.prepare("floor", Statement("", ()))

    def prepare(self, query: Query) -> None:
        self._prepared(query)

    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        ready = self._prepared(query)
        arguments = self._arguments(ready.steps, binding)
        self._connection.apply(binding.settings)
        self._connection.limit(timeout_ms)
        if keep:
            self._connection.keep()
        if self._connection.plan_anew(ready.steps):
            self.plan(query, binding)
            self._connection.limit(timeout_ms)
        if ready.program.is_write or len(ready.steps) > 1:
            return self._time_transaction(ready, arguments, keep)
        return self._clocked(ready.steps[0].name, arguments[0])

    def answer(self, query: Query, binding: Binding, timeout_ms: float = 0) -> Answer:
        ready = self._prepared(query)
        self._connection.apply(binding.settings)
        self._connection.limit(timeout_ms)
        self._connection.command(b"BEGIN")
        try:
            return self._rows(ready, binding)
        except psycopg.Error as error:
            if self._connection.cursors.broken:
                raise lost(error) from error
            return Answer(error=_ERROR_CLASSES.get(error.sqlstate or "", f"error {error.sqlstate}"))
        finally:
            if not self._connection.cursors.broken:
                self._connection.command(b"ROLLBACK")

    def plan(self, query: Query, binding: Binding) -> Plan:
        ready = self._prepared(query)
        self._connection.apply(binding.settings)
        self._connection.limit(0)
        arguments = self._arguments(ready.explains, binding)
        documents = [
            self._document(self._connection.run(step.name, values))
            for step, values in zip(ready.explains, arguments, strict=True)
        ]
        return read_plan(documents, self._index_of)

    def floor_ms(self) -> float:
        rounds = [self._clocked(self._floor.name, []).ms for _ in range(_FLOOR_ROUNDS)]
        return statistics.median(rounds)

    def close(self) -> None:
        self._connection.close()

    def _prepared(self, query: Query) -> _Ready:
        ready = self._ready.get(query.name)
        if ready is None:
            program = compile_query(self._layout.query(query), self._layout.physical, self._layout.spread)
            stem = f"q{len(self._ready)}"
            ready = _Ready(
                program,
                tuple(self._connection.prepare(f"{stem}_{n}", s) for n, s in enumerate(program.statements)),
                tuple(
                    self._connection.prepare(f"{stem}_e{n}", _explain(s))
                    for n, s in enumerate((*program.statements, *program.checks))
                ),
            )
            self._ready[query.name] = ready
        return ready

    def _arguments(self, steps: tuple[Prepared, ...], binding: Binding) -> list[list[bytes | None]]:
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
        self._connection.command(b"BEGIN")
        if not keep:
            start = perf_counter_ns()
        failure = None
        for step, values in zip(ready.steps, arguments, strict=True):
            result = self._connection.run(step.name, values)
            if result.status not in GOOD:
                failure = self._failure(result, (perf_counter_ns() - start) / 1e6)
                break
        elapsed = (perf_counter_ns() - start) / 1e6
        if failure is not None or not keep:
            self._connection.command(b"ROLLBACK")
            return failure or Execution(elapsed)
        committed = self._connection.send(b"COMMIT")
        elapsed = (perf_counter_ns() - start) / 1e6
        return Execution(elapsed) if committed.status in GOOD else self._failure(committed, elapsed)

    def _clocked(self, name: bytes, values: list[bytes | None]) -> Execution:
        start = perf_counter_ns()
        result = self._connection.run(name, values)
        elapsed = (perf_counter_ns() - start) / 1e6
        return Execution(elapsed) if result.status in GOOD else self._failure(result, elapsed)

    def _failure(self, result: PGresult, ms: float) -> Execution:
        if state(result) == TIMED_OUT_STATE:
            limit = self._connection.timeout_ms
            return Execution(min(ms, limit) if limit else ms, Status.TIMED_OUT)
        if state(result).startswith("53"):  # insufficient resources
            raise MeasurementLost(message(result), "Free disk or memory on the server, then use --resume.")
        return Execution(ms, Status.FAILED, message(result))

    def _rows(self, ready: _Ready, binding: Binding) -> Answer:
        answer = Answer()
        arguments = self._arguments(ready.steps, binding)
        for step, values in zip(ready.steps, arguments, strict=True):
            texts = [None if value is None else value.decode() for value in values]
            answer = self._connection.fetch(step.statement.sql, texts) or answer
        return answer

    def _document(self, result: PGresult) -> Any:
        """EXPLAIN's answer; where planning itself fails (a constant 1 / 0), a plan that says so."""
        if result.status not in GOOD:
            return [{"Plan": {"Node Type": f"fails: {message(result)}", "Total Cost": 0.0}}]
        return json.loads(result.get_value(0, 0) or b"[]")


def _explain(statement: Statement) -> Statement:
    return Statement("EXPLAIN (FORMAT JSON, VERBOSE) " + statement.sql, statement.parameters)
