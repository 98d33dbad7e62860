"""One client's connection to a MongoDB database.

The clock runs from the first operation's sending to the last batch's arrival; documents aren't turned into
Python objects. Commands are made before the clock where they can be. A read, or a write of one document,
runs by itself; what needs one, or is to be rolled back, runs in a transaction.

What runs and what `plan` says: MongoDB chooses a plan by trial and keeps it for all queries of that shape,
whatever their values, until it needs ten times the work that it needed then, or until an index of the
collection is hidden, shown or built (seen on 6.0.5: collMod clears the collection's plans). `explain`
chooses afresh for its binding. Both agree after a warm-up with the bindings that are explained, except where
values of one shape call for different plans: then the first few decide what runs, as in production.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter_ns
from typing import Any

from pymongo.errors import PyMongoError

from optimizer.engines.base import Session
from optimizer.engines.mongo import client_sessions
from optimizer.engines.mongo.answers import from_bson
from optimizer.engines.mongo.commands import Prepared, prepared
from optimizer.engines.mongo.connection import Connection
from optimizer.engines.mongo.explaining import explain
from optimizer.engines.mongo.explanations import Explanations, Shown
from optimizer.engines.mongo.failures import Refused, guarded
from optimizer.engines.mongo.program import NOW, Output, Program, Statement
from optimizer.engines.mongo.running import Run, at_path, run_in_transaction, run_plainly
from optimizer.engines.mongo.series import SeriesTimes, Undo, writes_series
from optimizer.model.answer import TIMED_OUT, Answer
from optimizer.model.index import Index
from optimizer.model.measurement import Execution, Status
from optimizer.model.plan import Plan
from optimizer.model.query import Binding, Query

_FLOOR_ROUNDS = 200


class MongoSession(Session):
    """See optimizer.engines.base.Session.

    `compile_` makes a query's program, `index_of` names the candidate that an index's name stands for,
    `series` are the collections that are time series. `shown` says what plans may use: with it, an
    explanation is asked for once, as long as this session is the only one that commits writes.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        compile_: Callable[[Query], Program],
        index_of: Callable[[str], Index | None],
        series: SeriesTimes | None = None,
        shown: Shown | None = None,
    ) -> None:
        self._compile = compile_
        self._series = series or {}
        self._index_of = index_of
        self._ready: dict[str, Prepared] = {}
        self._connection = _noted(Connection(uri, name))
        self._explanations = Explanations(self._connection, shown)

    def prepare(self, query: Query) -> None:
        """Compile `query`; the server's own warm-up (its plan cache) needs a binding's executions."""
        self._prepared(query)

    def time(self, query: Query, binding: Binding, *, keep: bool = False, timeout_ms: float = 0) -> Execution:
        ready = self._prepared(query)
        run = Run(ready, _values(binding), timeout_ms)
        if keep and ready.program.is_write:
            self._explanations.forget()
        start = perf_counter_ns()
        try:
            run.make_commands()
            return Execution(self._run(run, keep))
        except Refused as refusal:
            ms = (perf_counter_ns() - start) / 1e6
            if refusal.error == TIMED_OUT:
                return Execution(min(ms, timeout_ms) if timeout_ms else ms, Status.TIMED_OUT)
            return Execution(ms, Status.FAILED, refusal.message)
        except ZeroDivisionError:
            return Execution((perf_counter_ns() - start) / 1e6, Status.FAILED, "division by zero")

    def answer(self, query: Query, binding: Binding, timeout_ms: float = 0) -> Answer:
        run = Run(self._prepared(query), _values(binding), timeout_ms, keeps_rows=True)
        try:
            self._run(run, keep=False)
        except Refused as refusal:
            return Answer(error=refusal.error)
        except ZeroDivisionError:
            return Answer(error="division by zero")
        return _answer(*run.answers[-1]) if run.answers else Answer()

    @guarded()
    def plan(self, query: Query, binding: Binding) -> Plan:
        """See optimizer.engines.base.Session.plan.

        Finds whose values later operations need are run; where a $lookup's index shows only while it runs,
        the pipeline is run for a few documents.
        """
        return explain(self._explanations, self._prepared(query), _values(binding), self._index_of)

    @guarded()
    def floor_ms(self) -> float:
        return statistics.median(self._ping() for _ in range(_FLOOR_ROUNDS))

    def close(self) -> None:
        self._connection.close()

    def _prepared(self, query: Query) -> Prepared:
        ready = self._ready.get(query.name)
        if ready is None:
            ready = self._ready[query.name] = prepared(self._compile(query))
        return ready

    def _run(self, run: Run, keep: bool) -> float:
        program = run.prepared.program
        if program.is_write and writes_series(run.prepared, self._series):
            return self._run_on_series(run, keep)
        if program.transaction or (program.is_write and not keep):
            return run_in_transaction(self._connection, run, keep)
        return run_plainly(self._connection, run)

    def _run_on_series(self, run: Run, keep: bool) -> float:
        """A time series is written outside transactions; what is to be rolled back is taken out again."""
        if keep:
            return run_plainly(self._connection, run)
        undo = Undo(self._connection.database, run.prepared, run.values, self._series)
        try:
            return run_plainly(self._connection, run)
        finally:
            undo.restore()

    def _ping(self) -> float:
        start = perf_counter_ns()
        self._connection.ping()
        return (perf_counter_ns() - start) / 1e6


@guarded()
def _noted(connection: Connection) -> Connection:
    """The connection, closed where its session can't be noted."""
    try:
        client_sessions.note(connection.database, connection.session)
    except PyMongoError:
        connection.close()
        raise
    return connection


def _values(binding: Binding) -> dict[str, Any]:
    """The values of one execution; all its now() are one moment, as in one transaction of PostgreSQL."""
    settings = {f"@{name}": value for name, value in binding.settings}
    return {**dict(binding.values), **settings, NOW: datetime.now(UTC).replace(tzinfo=None)}


def _answer(statement: Statement, documents: list[dict[str, Any]]) -> Answer:
    columns = tuple(output.name for output in statement.outputs)
    if not documents and statement.empty is not None:
        return Answer(columns, (statement.empty,))
    return Answer(columns, tuple(tuple(_value(one, o) for o in statement.outputs) for one in documents))


def _value(document: dict[str, Any], output: Output) -> Any:
    return from_bson(at_path(document, output.path), output.type)
