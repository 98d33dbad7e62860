"""What a structure does is told by the design that lacks it alone."""

from __future__ import annotations

from dataclasses import replace

from optimizer.measure.rounds import Rounds
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.measurement import Execution
from optimizer.model.names import TableName
from optimizer.search.finals.staging import Finalist
from optimizer.search.finals.structure_reasons import structure_results
from tests.queries_by_hand import query
from tests.search.made_up_board import finalist

READ, WRITE, SAME = (query(name, "SELECT 1", share=1 / 3) for name in ("read", "write", "same"))
ALL = (READ, WRITE, SAME)
NOISE = (1.0, 1.2, 0.9, 1.1, 1.0, 0.95, 1.05, 1.15)
ITEMS = Embed(TableName("public", "items"), TableName("public", "orders"), "fk", "items")
NOTES = Embed(TableName("public", "notes"), TableName("public", "orders"), "fk", "notes")


def with_structures(label: str, *structures: Embed) -> Finalist:
    made = finalist(lambda name, shown: Execution(1.0), (), label)
    return replace(made, design=Design(structures=frozenset(structures)))


def rounds_of(**figures: tuple[float, float, float]) -> Rounds:
    rounds = Rounds()
    for label, latencies in figures.items():
        for one, ms in zip((READ, WRITE, SAME), latencies, strict=True):
            rounds.by_key[label, one.name] += [(Execution(ms * factor),) * 3 for factor in NOISE]
    return rounds


def test_gains_and_costs_are_told_apart_from_what_stays_the_same() -> None:
    best, rest = with_structures("best", ITEMS), with_structures("rest")
    rounds = rounds_of(best=(1.0, 3.0, 2.0), rest=(4.0, 2.0, 2.0))
    (result,) = structure_results(best, [([best, rest], rounds)], ALL, lambda _: ALL)
    assert [effect.query for effect in result.because] == ["read"]
    assert [effect.query for effect in result.costs] == ["write"]
    assert result.because[0].without_ms > 3.9 > result.because[0].with_ms


def test_each_of_two_structures_is_set_against_the_design_without_it() -> None:
    best = with_structures("best", ITEMS, NOTES)
    others = [with_structures("no_items", NOTES), with_structures("no_notes", ITEMS)]
    rounds = rounds_of(best=(1.0, 2.0, 2.0), no_items=(4.0, 2.0, 2.0), no_notes=(1.0, 9.0, 2.0))
    items, notes = structure_results(best, [([best, *others], rounds)], ALL, lambda _: ALL)
    assert items.structure == ITEMS
    assert [effect.query for effect in items.because] == ["read"]
    assert [effect.query for effect in notes.because] == ["write"]


def test_where_the_best_one_has_no_such_design_one_with_fewer_tells() -> None:
    best = with_structures("best", ITEMS, NOTES)
    others = [with_structures("no_items", NOTES), with_structures("rest")]
    rounds = rounds_of(best=(1.0, 2.0, 2.0), no_items=(4.0, 2.0, 2.0), rest=(4.0, 9.0, 2.0))
    _, notes = structure_results(best, [([best, *others], rounds)], ALL, lambda _: ALL)
    assert [effect.query for effect in notes.because] == ["write"]


def test_a_structure_without_such_a_pair_has_no_figures() -> None:
    best, rest = with_structures("best", ITEMS, NOTES), with_structures("rest")
    rounds = rounds_of(best=(1.0, 2.0, 2.0), rest=(4.0, 9.0, 2.0))
    items, notes = structure_results(best, [([best, rest], rounds)], ALL, lambda _: ALL)
    assert not any((items.because, items.costs, notes.because, notes.costs))


def test_one_with_fewer_structures_tells_rather_than_one_in_which_another_does_the_same() -> None:
    best, rest = with_structures("best", ITEMS), with_structures("rest")
    every, other = with_structures("every", ITEMS, NOTES), with_structures("other", NOTES)
    masked = rounds_of(best=(1.0, 2.0, 2.0), every=(1.0, 2.0, 2.0), other=(1.0, 2.0, 2.0))
    plain = rounds_of(best=(1.0, 2.0, 2.0), rest=(4.0, 2.0, 2.0))
    (items,) = structure_results(
        best, [([best, rest], plain), ([best, every, other], masked)], ALL, lambda _: ALL
    )
    assert [effect.query for effect in items.because] == ["read"]


def test_beside_a_structure_that_makes_no_difference_it_is_told_as_well() -> None:
    best, without = with_structures("best", ITEMS), with_structures("no_items", NOTES)
    every = with_structures("every", ITEMS, NOTES)
    rounds = rounds_of(best=(1.0, 2.0, 2.0), every=(1.0, 2.0, 2.0), no_items=(4.0, 2.0, 2.0))
    (items,) = structure_results(best, [([best, every, without], rounds)], ALL, lambda _: ALL)
    assert [effect.query for effect in items.because] == ["read"]
