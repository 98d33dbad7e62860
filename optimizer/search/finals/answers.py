"""The same answers: every read of every finalist against the reference, and the rows after the writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from time import monotonic
from typing import Protocol

from optimizer.engines.base import Session
from optimizer.equivalence import Comparison, Order, Verdict, compare
from optimizer.model.answer import TIMED_OUT, Answer
from optimizer.model.names import TableName
from optimizer.model.query import Binding, Query
from optimizer.model.result import EquivalenceResult, Mismatch
from optimizer.model.schema import Schema
from optimizer.queries.made_up import made_up_writes, not_compared
from optimizer.queries.witness import Witness, order_of, witness
from optimizer.queries.writes import changed_tables
from optimizer.search.finals.row_difference import difference
from optimizer.search.finals.staging import Finalist

ANSWER_MS = 10_000.0
REFERENCE_SECONDS = 20.0
FINALIST_SECONDS = 5.0
"""After so long on a finalist no further binding of a query is compared there, or anywhere where it is the
reference; the number of comparisons is reported."""


class Answering(Protocol):
    """Whoever is asked: a finalist, or a contestant of the search."""

    @property
    def label(self) -> str:
        """What it is called where its answer differs."""

    @property
    def session(self) -> Session:
        """Where statements run."""


@dataclass(slots=True)
class _Comparisons:
    """What came of the comparisons so far; `spent` has the seconds by finalist and query, infinitely many
    where one answer didn't come in time."""

    compared: int = 0
    mismatched: dict[str, Mismatch] = field(default_factory=dict)
    incomparable: dict[str, None] = field(default_factory=dict)
    spent: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def answer(self, asked: Answering, query: Query, binding: Binding, timeout_ms: float) -> Answer:
        """The answer, its time taken down."""
        started = monotonic()
        answer = asked.session.answer(query, binding, timeout_ms)
        self.spent[asked.label, query.name] += inf if answer.error == TIMED_OUT else monotonic() - started
        return answer

    def add(self, query: Query, binding: Binding, label: str, outcome: Comparison) -> None:
        if outcome.verdict is Verdict.NOT_COMPARABLE:
            self.incomparable[f"{query.name}: {outcome.detail}"] = None
            return
        self.compared += 1
        if outcome.verdict is Verdict.DIFFERENT:
            text = f"{query.name} ({binding.label}): {outcome.detail}"
            self.mismatched.setdefault(label, Mismatch(label, text))


def compare_answers(
    reference: Answering,
    others: Sequence[Answering],
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    schema: Schema,
    timeout_ms: float = ANSWER_MS,
) -> EquivalenceResult:
    """The comparison of all answers, with the first different one of each finalist.

    An answer that takes longer than `timeout_ms` isn't comparable, and isn't waited for again.
    """
    found = _Comparisons()
    for query in queries:
        order = witness(query.statements[-1].text, schema)
        for binding in bindings[query.name]:
            left = [one for one in others if found.spent[one.label, query.name] <= FINALIST_SECONDS]
            if not left or found.spent[reference.label, query.name] > REFERENCE_SECONDS:
                break
            _compare(found, reference, left, query, binding, order, timeout_ms)
    return EquivalenceResult(found.compared, tuple(found.mismatched.values()), tuple(found.incomparable))


def _compare(
    found: _Comparisons,
    reference: Answering,
    others: Sequence[Answering],
    query: Query,
    binding: Binding,
    known: Witness,
    timeout_ms: float,
) -> None:
    """One binding on the reference and all of the others."""
    expected = found.answer(reference, query, binding, timeout_ms)
    if expected.error == TIMED_OUT:
        found.incomparable[f"{query.name}: the reference's answer took more than {timeout_ms:.0f} ms"] = None
        return
    order = _order(reference.session, query, binding, known, len(expected.rows))
    for other in others:
        answer = found.answer(other, query, binding, timeout_ms)
        found.add(query, binding, other.label, compare(expected, answer, order))


def _order(session: Session, query: Query, binding: Binding, found: Witness, rows: int) -> Order:
    if found.sql is None or rows == 0:
        return order_of(found, rows, ())
    text = replace(query.statements[-1], text=found.sql)
    probe = replace(query, name=f"{query.name} with its order", statements=(*query.statements[:-1], text))
    return order_of(found, rows, session.answer(probe, binding).rows)


def compare_rows(
    finalists: Sequence[Finalist], schema: Schema, queries: Sequence[Query]
) -> EquivalenceResult:
    """After the same committed writes: the tables of each finalist compared with those of the first.

    Finalists of one engine are compared by digests of all tables, those of different engines by the rows of
    the tables that the queries change. Columns into which the queries write what the server makes up aren't
    comparable.
    """
    reference, *others = finalists
    left_out = made_up_writes(queries, schema)
    alike = [other for other in others if type(other.database) is type(reference.database)]
    foreign = [other for other in others if other not in alike]
    expected = reference.database.fingerprint_rows(left_out) if alike else {}
    mismatched: list[Mismatch] = []
    for other in alike:
        found = other.database.fingerprint_rows(left_out)
        mismatched += [_mismatch(other, table) for table in expected if found.get(table) != expected[table]]
    changed = {table for query in queries for table in changed_tables(query, schema)}
    tables = [table for table in schema.tables if table.name in changed] if foreign else []
    for table in tables:
        rows, names = reference.database.rows(table.name), left_out.get(table.name, {})
        for other in foreign:
            detail = difference(rows, other.database.rows(table.name), table, names)
            mismatched += [_mismatch(other, table.name, detail)] if detail else []
    compared = len(expected) * len(alike) + len(tables) * len(foreign)
    return EquivalenceResult(compared, tuple(mismatched), not_compared(left_out) if others else ())


def _mismatch(finalist: Finalist, table: TableName, detail: str = "") -> Mismatch:
    told = f": {detail}" if detail else ""
    text = f"after the same writes the rows of {table} differ from the reference's{told}"
    return Mismatch(finalist.label, text)
