"""Which structures are combined: those that gain, the best first, as far as they go together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import polars as pl
import pytest

from optimizer.model.denormalisation import Computed
from optimizer.model.design import Design
from optimizer.model.documents import Embed
from optimizer.model.names import TableName
from optimizer.model.query import Query, SourceText
from optimizer.model.structure import Structure, StructureCandidate
from optimizer.search.structures.climb import Climb
from optimizer.search.structures.searched import Counts, Searched, StructureSearch
from optimizer.watch import Clock, Watcher
from tests.conftest import workload_of
from tests.queries_by_hand import query

TABLES = {name: TableName("public", name) for name in ("a", "b", "c", "d")}
QUERIES = [query(name, "SELECT 1", share=0.25) for name in ("on_a", "on_b", "on_ab", "on_d")]
TOUCHED = {"on_a": {"a"}, "on_b": {"b"}, "on_ab": {"a", "b"}, "on_d": {"d"}}
A, B, C = (
    Embed(TABLES[child], TABLES[parent], "fk", child)
    for child, parent in (("a", "c"), ("b", "c"), ("c", "d"))
)

Costs = Mapping[frozenset[Structure], Mapping[str, float]]


class NothingStands:
    """In place of a database that stays loaded."""

    def close(self) -> None:
        pass


@dataclass
class MadeUpSearch:
    """Costs by structures and query; what isn't in the table costs ten. Remembers what was searched."""

    costs: Costs
    clock: Clock = field(default_factory=lambda: Clock(1000.0))
    watch: Watcher = field(default_factory=Watcher)
    asked: list[tuple[frozenset[Structure], tuple[str, ...], Any]] = field(default_factory=list)
    forbidden: frozenset[Structure] = frozenset()
    rows: int = 1_000
    most: int | None = None  # searches, and the user stops it

    @property
    def engine(self) -> MadeUpSearch:
        return self

    @property
    def inputs(self) -> Any:
        workload = replace(workload_of(SourceText("", "schema.sql")), queries=tuple(QUERIES))
        dataset = type("Rows", (), {"rows": self.rows})
        return type("Inputs", (), {"workload": workload, "schema": None, "dataset": dataset})

    def touched(self, query: Query, schema: object, structures: frozenset[Structure]) -> frozenset[TableName]:
        return frozenset(TABLES[name] for name in TOUCHED[query.name])

    def notices(self, query: Query, schema: object, structures: frozenset[Structure]) -> bool:
        return True

    def problems(self, workload: object, schema: object, structures: frozenset[Structure]) -> tuple[Any, ...]:
        return ()

    def conflict(self, structures: frozenset[Structure]) -> str:
        return "they don't combine" if self.forbidden and self.forbidden <= structures else ""

    def stand(self) -> tuple[Searched, Any]:
        return self.search(frozenset()), NothingStands()

    def search(
        self,
        structures: frozenset[Structure],
        queries: Any = None,
        only: Any = None,
        standing: Any = None,
    ) -> Searched:
        names = [one.name for one in (QUERIES if queries is None else queries)]
        self.asked.append((structures, tuple(names), only))
        self.clock.stopped = self.clock.stopped or len(self.asked) == self.most
        known = self.costs.get(structures, {})
        values = {name: known.get(name, 10.0) for name in names}
        design = Design(structures=structures)
        return Searched(structures, design, design, values, True, "", Counts(), (), None, pl.DataFrame())


def climbed(
    costs: Costs, *structures: Structure, forbidden: frozenset[Structure] = frozenset()
) -> tuple[Climb, frozenset[Structure], MadeUpSearch]:
    search = MadeUpSearch(costs, forbidden=forbidden)
    climb = Climb(cast(StructureSearch, search), [StructureCandidate(one) for one in structures])
    base, combined = climb.climb()
    assert base.structures == frozenset()
    return climb, combined.structures if combined else frozenset(), search


def test_bounds_of_a_sample_that_was_cut_short_rule_nothing_out() -> None:
    """The sample's search knows of a statement only that it takes long; that of all rows knows better."""
    whole = MadeUpSearch({})
    sample = MadeUpSearch({frozenset(): {"on_d": 9_999.0}, frozenset({A}): {"on_a": 1.0, "on_ab": 5.0}})
    climb = Climb(
        cast(StructureSearch, whole), [StructureCandidate(A, ("on_a",))], cast(StructureSearch, sample)
    )
    _, combined = climb.climb()
    assert climb.left_out == []
    assert combined is not None
    assert combined.structures == {A}


def test_what_takes_long_with_all_rows_comes_first_and_gains_most() -> None:
    """On the sample both statements cost the same; with all rows one costs nine times as much."""
    whole = MadeUpSearch({frozenset(): {"on_d": 90.0}}, rows=10_000)
    sample = MadeUpSearch({frozenset({A}): {"on_a": 1.0}, frozenset({C}): {"on_d": 5.0}})
    climb = Climb(cast(StructureSearch, whole), candidates(on_a=A, on_d=C), cast(StructureSearch, sample))
    climb.climb()
    assert [asked[0] for asked in sample.asked[1:]] == [{C}, {A}]
    assert [(move.structures, move.before, move.after, move.gain) for move in climb.moves] == [
        (frozenset({C}), 10.0, 5.0, 45.0),
        (frozenset({A}), 20.0, 11.0, 9.0),
    ]


def test_no_statement_grows_faster_than_the_rows() -> None:
    """The search of all rows was cut short: that a statement takes long is all that it knows."""
    whole = MadeUpSearch({frozenset(): {"on_d": 9_999.0}}, rows=2_000)
    sample = MadeUpSearch({frozenset({C}): {"on_d": 5.0}})
    climb = Climb(cast(StructureSearch, whole), candidates(on_d=C), cast(StructureSearch, sample))
    climb.climb()
    assert [move.gain for move in climb.moves] == [10.0]


def test_without_proposals_only_the_baseline_is_searched() -> None:
    _, chosen, search = climbed({})
    assert chosen == frozenset()
    assert len(search.asked) == 1


def test_a_structure_that_gains_is_searched_as_a_whole() -> None:
    _, chosen, search = climbed({frozenset({A}): {"on_a": 1.0, "on_ab": 5.0}}, A)
    assert chosen == {A}
    assert search.asked[1] == (frozenset({A}), ("on_a", "on_ab"), {TABLES["a"], TABLES["b"]})
    assert search.asked[2] == (frozenset({A}), tuple(q.name for q in QUERIES), None)


@pytest.mark.parametrize(
    ("cost", "reason"),
    [
        (9.9, "gains less than 1 % of the whole: 20 of the score without it, 19.9 with it"),
        (10.0, "gains nothing: 20 of the score without it, 20 with it"),
        (11.0, "gains nothing: 20 of the score without it, 21 with it"),
    ],
)
def test_one_that_gains_next_to_nothing_is_left_out_with_its_figures(cost: float, reason: str) -> None:
    climb, chosen, _ = climbed({frozenset({A}): {"on_a": cost, "on_ab": 10.0}}, A)
    assert chosen == frozenset()
    assert climb.left_out == [(A.definition, reason)]


@pytest.mark.parametrize(("together", "expected"), [(4.0, {A, B}), (30.0, {A})])
def test_two_about_the_same_query_are_measured_together(together: float, expected: set[Structure]) -> None:
    costs: Costs = {
        frozenset({A}): {"on_a": 1.0, "on_ab": 5.0},
        frozenset({B}): {"on_b": 2.0, "on_ab": 6.0},
        frozenset({A, B}): {"on_a": 1.0, "on_b": 2.0, "on_ab": together},
    }
    climb, chosen, search = climbed(costs, A, B)
    assert chosen == expected
    assert (frozenset({A, B}), ("on_a", "on_b", "on_ab"), {TABLES["a"], TABLES["b"]}) in search.asked
    told = [(B.definition, "gains alone, and next to nothing beside the others")]
    assert climb.left_out == ([] if B in expected else told)


def test_what_could_not_be_tried_with_the_others_is_told() -> None:
    costs: Costs = {frozenset({A}): {"on_a": 1.0, "on_ab": 5.0}, frozenset({B}): {"on_ab": 6.0}}
    search = MadeUpSearch(costs, most=3)
    climb = Climb(cast(StructureSearch, search), [StructureCandidate(A), StructureCandidate(B)])
    climb.climb()
    assert climb.left_out == [(B.definition, "gains alone; there was no time to try it with the others")]


def test_gains_about_different_queries_add_up_unmeasured() -> None:
    costs: Costs = {frozenset({A}): {"on_a": 1.0, "on_ab": 5.0}, frozenset({C}): {"on_d": 1.0}}
    _, chosen, search = climbed(costs, A, C)
    assert chosen == {A, C}
    assert len(search.asked) == 4, "the baseline, each alone, the whole"


def test_a_count_and_a_sum_are_tried_together() -> None:
    count = Computed(TABLES["a"], TABLES["b"], "fk", "n", "count")
    total = Computed(TABLES["a"], TABLES["b"], "fk", "total", "sum", "x")
    costs: Costs = {frozenset({count, total}): {"on_a": 1.0, "on_ab": 1.0}}
    _, chosen, search = climbed(costs, count, C, total)
    assert chosen == {count, total}
    assert [asked[0] for asked in search.asked[1:3]] == [{count, total}, {C}]


def test_what_does_not_combine_is_said() -> None:
    costs: Costs = {frozenset({A}): {"on_a": 1.0}, frozenset({B}): {"on_b": 2.0}}
    climb, chosen, _ = climbed(costs, A, B, forbidden=frozenset({A, B}))
    assert chosen == {A}
    assert (B.definition, "they don't combine") in climb.left_out


def test_what_there_is_no_time_for_is_said() -> None:
    search = MadeUpSearch({})
    search.clock.stopped = True
    climb = Climb(cast(StructureSearch, search), [StructureCandidate(A)])
    assert climb.climb()[1] is None
    assert climb.left_out == [(A.definition, "not tried: the user stopped the search")]


def candidates(**queries: Structure) -> list[StructureCandidate]:
    return [StructureCandidate(structure, (name,)) for name, structure in queries.items()]


def climbed_for(
    costs: Costs, offered: list[StructureCandidate]
) -> tuple[Climb, set[Structure], MadeUpSearch]:
    search = MadeUpSearch(costs)
    climb = Climb(cast(StructureSearch, search), offered)
    _, combined = climb.climb()
    return climb, set(combined.structures if combined else ()), search


def test_what_costs_most_comes_first() -> None:
    costs: Costs = {frozenset(): {"on_a": 5.0, "on_d": 50.0}}
    _, _, search = climbed_for(costs, candidates(on_a=A, on_d=C))
    assert [asked[0] for asked in search.asked[1:3]] == [frozenset({C}), frozenset({A})]


def test_what_cannot_gain_is_not_loaded() -> None:
    costs: Costs = {frozenset(): {"on_a": 0.1}}
    climb, _, search = climbed_for(costs, candidates(on_a=A))
    assert len(search.asked) == 1
    assert climb.left_out == [(A.definition, "not tried: its statements are 0.1 of the score's 30.1")]


def test_two_that_gain_only_together_get_one_try() -> None:
    costs: Costs = {frozenset({A, B}): {"on_ab": 1.0}}
    both = [StructureCandidate(one, ("on_ab",)) for one in (A, B)]
    _, chosen, search = climbed_for(costs, both)
    assert chosen == {A, B}
    assert [asked[0] for asked in search.asked].count(frozenset({A, B})) == 2, "tried, then as a whole"
