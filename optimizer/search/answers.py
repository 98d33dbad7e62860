"""The same answers: every read of every finalist against the baseline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.engines.base import Session
from optimizer.equivalence import Order, Verdict, compare
from optimizer.model.query import Binding, Query
from optimizer.model.result import EquivalenceResult
from optimizer.model.schema import Schema
from optimizer.queries.witness import Witness, order_of, witness
from optimizer.search.staging import Finalist


def compare_answers(
    reference: Finalist,
    others: Sequence[Finalist],
    queries: Sequence[Query],
    bindings: Mapping[str, Sequence[Binding]],
    schema: Schema,
) -> tuple[EquivalenceResult, frozenset[str]]:
    """The comparison of all answers, and the labels of the finalists with a different one."""
    compared = 0
    mismatched: dict[str, str] = {}
    incomparable: dict[str, None] = {}
    for query in queries:
        found = witness(query.statements[-1].text, schema)
        for binding in bindings[query.name]:
            expected = reference.session.answer(query, binding)
            order = _order(reference.session, query, binding, found, len(expected.rows))
            for other in others:
                outcome = compare(expected, other.session.answer(query, binding), order)
                if outcome.verdict is Verdict.NOT_COMPARABLE:
                    incomparable[f"{query.name}: {outcome.detail}"] = None
                    continue
                compared += 1
                if outcome.verdict is Verdict.DIFFERENT:
                    mismatched.setdefault(
                        other.label, f"{other.label}, {query.name} ({binding.label}): {outcome.detail}"
                    )
    result = EquivalenceResult(compared, tuple(mismatched.values()), tuple(incomparable))
    return result, frozenset(mismatched)


def _order(session: Session, query: Query, binding: Binding, found: Witness, rows: int) -> Order:
    if found.sql is None or rows == 0:
        return order_of(found, rows, ())
    text = replace(query.statements[-1], text=found.sql)
    probe = replace(query, name=f"{query.name} with its order", statements=(*query.statements[:-1], text))
    return order_of(found, rows, session.answer(probe, binding).rows)


def compare_rows(reference: Finalist, others: Sequence[Finalist]) -> tuple[int, tuple[str, ...]]:
    """After the same committed writes: tables compared, and a line for each that holds other rows."""
    expected = reference.database.fingerprint_rows()
    differing: list[str] = []
    for other in others:
        found = other.database.fingerprint_rows()
        differing += [
            f"{other.label}: after the same writes the rows of {table} differ from the baseline's"
            for table in expected
            if found.get(table) != expected[table]
        ]
    return len(expected) * len(others), tuple(differing)
