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
from optimizer.report.comparison import comparison_section, where_better
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
    assert len(made.mismatched) == 1


def test_a_different_answer_of_another_design_is_no_matter() -> None:
    found = outcome((4.0, 4.0), (1.0, 1.0))
    found.equivalence = EquivalenceResult(40, (Mismatch("search 2", DIFFERENCE),), ())
    assert comparison(found).winner == "mongo"


def test_an_indicative_server_is_never_crowned() -> None:
    made = comparison(outcome((4.0, 4.0), (1.0, 1.0)), replace(ENGINE, indicative=True))
    assert made.winner is None
    assert "indicative" in made.reason


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
