"""Which finalists give the reference's answers: that of another engine, else the engine's own baseline."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.errors import OptimizerError
from optimizer.model.answer import UNAVAILABLE
from optimizer.model.names import TableName
from optimizer.model.query import Query
from optimizer.model.result import WINNER, EquivalenceResult
from optimizer.queries.writes import changed_tables, is_write, searches_text
from optimizer.search.finals.answers import compare_answers
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.staging import Finalist, Stage


def agree(stage: Stage, measured: Sequence[Finalist], sets: Sets) -> EquivalenceResult:
    """All that is measured against the reference; OptimizerError where the winner's answers differ."""
    stage.watch.step("comparing answers with the reference's")
    reference, *others = [*([stage.reference] if stage.reference else []), *measured]
    result, wrong = compare_all(stage, reference, others, sets)
    if WINNER in wrong:
        raise OptimizerError("the winner's answers differ from the baseline's", "; ".join(result.mismatched))
    return result


def compare_all(
    stage: Stage, reference: Finalist, others: Sequence[Finalist], sets: Sets
) -> tuple[EquivalenceResult, frozenset[str]]:
    """The comparison, and the labels of those with a different answer."""
    reads = _reads(stage)
    if reference is not stage.reference:
        return compare_answers(reference, others, reads, sets.compared, stage.schema, stage.longest_ms)
    words = [query for query in reads if searches_text(query, stage.schema)]
    plain = [query for query in reads if query not in words]
    found, wrong = compare_answers(reference, others, plain, sets.compared, stage.schema, stage.longest_ms)
    within, amiss = _compare_words(stage, others, words, sets)
    return joined(found, within), wrong | amiss


def _compare_words(
    stage: Stage, finalists: Sequence[Finalist], queries: Sequence[Query], sets: Sets
) -> tuple[EquivalenceResult, frozenset[str]]:
    """Text searches, which engines answer differently: compared within this one, with the first that can."""
    found, wrong = EquivalenceResult(), frozenset[str]()
    for query in queries:
        able = [
            f for f in finalists if f.session.answer(query, sets.compared[query.name][0]).error != UNAVAILABLE
        ]
        if len(able) > 1:
            one, amiss = compare_answers(
                able[0], able[1:], [query], sets.compared, stage.schema, stage.longest_ms
            )
            found, wrong = joined(found, one), wrong | amiss
        reason = f"{query.name}: engines stem, drop and rank words differently; compared within this one only"
        found = joined(found, EquivalenceResult(not_comparable=(reason,)))
    return found, wrong


def _reads(stage: Stage) -> list[Query]:
    return [query for query in stage.workload.queries if not is_write(query, stage.schema)]


def joined(
    first: EquivalenceResult, second: EquivalenceResult, tables: int = 0, differing: Sequence[str] = ()
) -> EquivalenceResult:
    """Two comparisons as one, with so many tables compared and what differed there."""
    return EquivalenceResult(
        compared=first.compared + second.compared + tables,
        mismatched=tuple(dict.fromkeys((*first.mismatched, *second.mismatched, *differing))),
        not_comparable=tuple(dict.fromkeys((*first.not_comparable, *second.not_comparable))),
    )


def writes_of(stage: Stage) -> frozenset[TableName]:
    """The tables that the workload changes."""
    return frozenset(
        table for query in stage.workload.queries for table in changed_tables(query, stage.schema)
    )
