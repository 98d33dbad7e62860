"""Which finalists give the reference's answers: that of another engine, else the engine's own baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optimizer.engines.base import Session
from optimizer.errors import OptimizerError
from optimizer.measure.rounds import Contestant
from optimizer.model.answer import UNAVAILABLE
from optimizer.model.query import Query
from optimizer.model.result import WINNER, EquivalenceResult, Mismatch
from optimizer.queries.writes import is_write, searches_text
from optimizer.search.finals.answers import Answering, compare_answers
from optimizer.search.finals.bindings import Sets
from optimizer.search.finals.staging import Finalist, Stage

AT_FIRST = 3
"""Bindings of each query that are compared before the search."""


def agree_at_first(stage: Stage, sets: Sets, session: Session) -> None:
    """A few answers of each read on the tables as they are, before a search that would be in vain;
    OptimizerError where one differs from another engine's, which is the reference."""
    if stage.reference is None:
        return
    stage.watch.step("comparing a few answers with the reference's")
    few = replace(sets, compared={name: values[:AT_FIRST] for name, values in sets.compared.items()})
    found = compare_all(stage, stage.reference, [Contestant("without structures", session)], few)
    if found.mismatched:
        told = "; ".join(map(str, found.mismatched))
        raise OptimizerError("an answer differs from the reference's, so nothing was searched", told)


def agree(stage: Stage, measured: Sequence[Finalist], sets: Sets) -> EquivalenceResult:
    """All that is measured against the reference; OptimizerError where the winner's answers differ."""
    stage.watch.step("comparing answers with the reference's")
    reference, *others = [*([stage.reference] if stage.reference else []), *measured]
    result = compare_all(stage, reference, others, sets)
    if WINNER in result.wrong:
        told = "; ".join(map(str, result.mismatched))
        raise OptimizerError("the winner's answers differ from the reference's", told)
    return result


def agree_inside(measured: Sequence[Finalist]) -> EquivalenceResult:
    """What structures keep against the rows that it is of, after all writes; OptimizerError where the winner
    doesn't keep it right."""
    found = [(f.label, f.database.disagreements()) for f in measured if f.design.structures]
    wrong = [Mismatch(label, "; ".join(lines)) for label, lines in found if lines]
    result = EquivalenceResult(len(found), tuple(wrong))
    if WINNER in result.wrong:
        raise OptimizerError(
            "what the winner's structures keep doesn't agree with its rows", "; ".join(map(str, wrong))
        )
    return result


def compare_all(
    stage: Stage, reference: Answering, others: Sequence[Answering], sets: Sets
) -> EquivalenceResult:
    """Every read of these finalists compared with the reference's."""
    reads = [query for query in stage.workload.queries if not is_write(query, stage.schema)]
    if reference is not stage.reference:
        return _compare(stage, reference, others, reads, sets)
    words = [query for query in reads if searches_text(query, stage.schema)]
    found = _compare(stage, reference, others, [query for query in reads if query not in words], sets)
    for query in words:
        found += _compare_words(stage, others, query, sets)
    return found


def _compare(
    stage: Stage, reference: Answering, others: Sequence[Answering], queries: Sequence[Query], sets: Sets
) -> EquivalenceResult:
    return compare_answers(reference, others, queries, sets.compared, stage.schema, stage.longest_ms)


def _compare_words(
    stage: Stage, finalists: Sequence[Answering], query: Query, sets: Sets
) -> EquivalenceResult:
    """A text search, which engines answer differently: compared within this one, with the first that can."""
    reason = f"{query.name}: engines stem, drop and rank words differently; compared within this one only"
    told = EquivalenceResult(not_comparable=(reason,))
    first = sets.compared[query.name][0]
    able = [f for f in finalists if f.session.answer(query, first).error != UNAVAILABLE]
    return told + _compare(stage, able[0], able[1:], [query], sets) if len(able) > 1 else told
