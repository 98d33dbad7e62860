"""Who is crowned beside the reference, and when nobody is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.engines.values import LoadReport
from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import Execution
from optimizer.model.query import SourceText
from optimizer.model.result import ComparisonResult, EngineResult, EquivalenceResult, Mismatch
from optimizer.model.workload import Workload
from optimizer.report.comparison import comparison_section, costs, measured, statements, where_better
from optimizer.report.result_json import comparison_values
from optimizer.search.comparison import compared
from optimizer.search.finals.outcome import Beside, Outcome
from tests.report.made_up import ENGINE, HISTORY, PLACE, WINNER

QUERIES = (HISTORY.query, PLACE.query)
WORKLOAD = Workload("shop", Path("shop.yaml"), SourceText("", "shop.sql"), QUERIES, (), "digest")
NOISE = (1.0, 1.2, 0.9, 1.1, 1.0, 0.95, 1.05, 1.15)
DIFFERENCE = "order_history (hot): expected 1, got 2"
GIVES_UP = {"mongo": ("foreign keys: checked by statements",)}


def outcome(reference: tuple[float, float], other: tuple[float, float], missed: float = 0.0) -> Outcome:
    """The reads and the writes take so many milliseconds on the reference, and on the other engine."""
    rounds = Rounds()
    for label, latencies in (("postgres", reference), ("winner", other)):
        for query, ms in zip(QUERIES, latencies, strict=True):
            rounds.by_key[label, query.name] += [(Execution(ms * factor),) * 3 for factor in NOISE]
    load = LoadReport((), 100, 2.0)
    return Outcome(
        designs={"winner": replace(WINNER, missed_share=missed)},
        queries=(),
        equivalence=EquivalenceResult(40, (), ("search: words",)),
        unstable=(),
        rounds=len(NOISE),
        tied_with=(),
        pruned=(),
        floor_ms=0.2,
        load=load,
        measured=rounds,
        beside=Beside("postgres", WINNER, load, 0.05),
    )


def comparison(found: Outcome, mongo: EngineResult = ENGINE) -> ComparisonResult:
    results = {"postgres": ENGINE, "mongo": replace(mongo, engine="mongo", server="MongoDB 6.0.5")}
    return compared(WORKLOAD, results, {"mongo": found}, "postgres", GIVES_UP)


def comparison_of_three(timescale: Outcome, mongo: Outcome, indicative: bool) -> ComparisonResult:
    """TimescaleDB comes first of the others, as it does in a run."""
    server = "TimescaleDB 2.23.0 on PostgreSQL 17.5"
    results = {
        "postgres": ENGINE,
        "timescale": replace(ENGINE, engine="timescale", server=server, indicative=indicative),
        "mongo": replace(ENGINE, engine="mongo", server="MongoDB 6.0.5"),
    }
    return compared(WORKLOAD, results, {"timescale": timescale, "mongo": mongo}, "postgres", GIVES_UP)


@pytest.mark.parametrize(
    ("other", "missed", "winner"),
    [
        ((1.0, 1.0), 0.0, "mongo"),
        ((9.0, 9.0), 0.0, "postgres"),
        ((4.0, 4.0), 0.0, None),
        ((1.0, 1.0), 0.5, "postgres"),
    ],
    ids=["faster", "slower", "tied", "faster, but over target"],
)
def test_who_wins_the_mix(other: tuple[float, float], missed: float, winner: str | None) -> None:
    assert comparison(outcome((4.0, 4.0), other, missed)).winner == winner


def test_it_says_by_how_much_and_on_which_statements() -> None:
    found = comparison(outcome((1.0, 4.0), (4.0, 2.0)))
    assert [query.better for query in found.queries] == ["postgres", "mongo"]
    assert where_better(found) == ("postgres is faster on order_history", "mongo is faster on place_order")
    assert (found.winner, found.reason) == (None, "postgres and mongo can't be told apart")
    assert "times as long over the mix" in comparison(outcome((1.0, 1.0), (4.0, 2.0))).reason


def test_nobody_wins_while_an_answer_differs() -> None:
    found = outcome((4.0, 4.0), (1.0, 1.0))
    found.equivalence = EquivalenceResult(40, (Mismatch("winner", DIFFERENCE),), ())
    made = comparison(found)
    assert (made.winner, made.reason) == (None, "no engine is crowned while an answer differs")
    assert [str(mismatch) for mismatch in made.mismatched] == [f"mongo, {DIFFERENCE}"]


def test_a_different_answer_of_another_design_is_no_matter() -> None:
    found = outcome((4.0, 4.0), (1.0, 1.0))
    found.equivalence = EquivalenceResult(40, (Mismatch("search 2", DIFFERENCE),), ())
    assert comparison(found).winner == "mongo"


def test_beside_an_indicative_server_nobody_is_crowned_or_faster() -> None:
    for mongo in ((1.0, 1.0), (9.0, 9.0)):
        made = comparison(outcome((4.0, 4.0), mongo), replace(ENGINE, indicative=True))
        assert made.winner is None
        assert made.reason == (
            "the figures of mongo are indicative, and say nothing of one engine beside another"
        )
        assert [query.better for query in made.queries] == [None, None]
        assert where_better(made) == ()


def test_native_engines_are_crowned_among_themselves() -> None:
    made = comparison_of_three(outcome((4.0, 4.0), (0.1, 0.1)), outcome((4.0, 4.0), (2.0, 8.0)), True)
    assert made.winner == "postgres"
    assert made.reason.startswith("mongo takes 1.40 times as long over the mix")
    assert made.reason.endswith("; the figures of timescale are indicative and aren't ranked")
    assert [query.better for query in made.queries] == ["mongo", "postgres"]
    assert where_better(made) == ("postgres is faster on place_order", "mongo is faster on order_history")
    tied = comparison_of_three(outcome((4.0, 4.0), (0.1, 0.1)), outcome((4.0, 4.0), (4.0, 4.0)), True)
    assert (tied.winner, tied.reason) == (
        None,
        "postgres and mongo can't be told apart; the figures of timescale are indicative and aren't ranked",
    )


@pytest.mark.parametrize(
    ("timescale", "mongo", "winner", "better"),
    [
        ((1.0, 1.0), (2.0, 9.0), "timescale", ["timescale", "timescale"]),
        ((9.0, 2.0), (2.0, 1.0), "mongo", ["mongo", "mongo"]),
        ((9.0, 9.0), (8.0, 8.0), "postgres", ["postgres", "postgres"]),
        ((2.0, 9.0), (9.0, 4.0), "postgres", ["timescale", None]),
        ((1.0, 1.0), (1.0, 1.0), None, [None, None]),
    ],
)
def test_three_native_engines(
    timescale: tuple[float, float], mongo: tuple[float, float], winner: str | None, better: list[str | None]
) -> None:
    made = comparison_of_three(outcome((4.0, 4.0), timescale), outcome((4.0, 4.0), mongo), False)
    assert (made.winner, [query.better for query in made.queries]) == (winner, better)


def test_of_three_only_those_that_lead_are_said_to_be_as_good() -> None:
    made = comparison_of_three(outcome((4.0, 4.0), (1.0, 1.0)), outcome((4.0, 4.0), (1.0, 1.0)), False)
    assert made.reason == "timescale and mongo can't be told apart"


def test_engines_that_were_never_in_the_same_rounds_are_told_apart_by_the_one_between_them() -> None:
    """The machine was twice as slow in the second rounds."""
    made = comparison_of_three(outcome((4.0, 4.0), (2.0, 2.0)), outcome((8.0, 8.0), (2.0, 2.0)), False)
    assert made.winner == "mongo"
    assert "timescale takes 2.00 times as long over the mix (2.00 to 2.00)" in made.reason
    assert "postgres takes 4.00 times as long over the mix" in made.reason


def test_targets_come_first_among_three() -> None:
    fast = outcome((4.0, 4.0), (1.0, 1.0), missed=0.25)
    made = comparison_of_three(fast, outcome((4.0, 4.0), (2.0, 2.0)), False)
    assert made.winner == "mongo"
    assert "timescale takes 0.50 times as long" in made.reason
    assert "and misses the target of 25.0% of the traffic, mongo of 0.0%" in made.reason


def test_the_reference_s_figures_are_those_beside_a_native_engine() -> None:
    made = comparison_of_three(outcome((400.0, 400.0), (1.0, 1.0)), outcome((4.0, 4.0), (2.0, 8.0)), True)
    assert made.beside == "mongo"
    figures = made.queries[0].latencies["postgres"]
    assert figures is not None
    assert figures.p50_ms < 10.0
    assert made.engines[0].write_ms == pytest.approx(4.0 * sum(NOISE) / len(NOISE), abs=1e-3)


def test_every_table_says_which_figures_are_indicative() -> None:
    made = comparison_of_three(outcome((4.0, 4.0), (1.0, 1.0)), outcome((4.0, 4.0), (2.0, 8.0)), True)
    heads = [" | ".join(head) for head, _ in (statements(made), costs(made))]
    assert "postgres | timescale (indicative) | mongo" in heads[0]
    assert "TimescaleDB 2.23.0 on PostgreSQL 17.5, indicative | MongoDB 6.0.5" in heads[1]
    assert "postgres's figures are those beside mongo." in measured(made)
    values = comparison_values(made)
    assert [engine["indicative"] for engine in values["engines"].values()] == [False, True, False]
    assert values["beside"] == "mongo"


def test_report_and_result_tell_all_of_it() -> None:
    made = comparison(outcome((4.0, 4.0), (1.0, 1.0)))
    text = "\n".join(comparison_section(made))
    for words in (
        "mongo wins the mix: postgres takes 4.00 times as long",
        "MongoDB 6.0.5",
        *GIVES_UP["mongo"],
    ):
        assert words in text
    values = comparison_values(made)
    assert values["winner"] == "mongo"
    assert values["engines"]["mongo"]["gives_up"] == list(GIVES_UP["mongo"])
    assert values["engines"]["postgres"]["write_ms"] == pytest.approx(4.0 * sum(NOISE) / len(NOISE), abs=1e-3)
    assert [query["better"] for query in values["queries"]] == ["mongo", "mongo"]
    assert values["queries"][0]["postgres"]["p50_ms"] > values["queries"][0]["mongo"]["p50_ms"]
