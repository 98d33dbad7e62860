"""report.md says what won, why, by how much, and what isn't sure."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from optimizer.model.result import RunResult
from optimizer.report.markdown import table, to_markdown
from tests.report.made_up import DEFINITION, ENGINE, PARTITION, RESULT, STRUCTURED, VIEW, WINNER


def row_of(text: str, first: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def changed(**changes: object) -> RunResult:
    return replace(RESULT, engines={"postgres": replace(ENGINE, **changes)})


def test_a_statement_has_every_design_and_a_verdict() -> None:
    text = to_markdown(RESULT)
    assert row_of(text, "statement")[3:7] == ["baseline", "given", "dba", "winner"]
    assert row_of(text, "order_history") == [
        "order_history",
        "40.0%",
        "50 ms @ p99",
        "> 1.23 s",
        "60 ms",
        "failed",
        "5.7 ms",
        "216x",
        "met",
    ]
    assert row_of(text, "place_order")[-1] == "undecided"


def test_the_winning_indexes_carry_their_reasons() -> None:
    text = to_markdown(RESULT)
    assert f"- `{DEFINITION}`\n  - order_history: 410 ms → 1.9 ms (216 times faster)\n" in text
    assert "  - costs place_order: 1 ms → 1.04 ms (+4.0 %)\n  - size 3 MiB\n" in text
    assert "- `CREATE INDEX x ON orders (total)`" in text


def test_what_is_not_sure_is_said() -> None:
    text = to_markdown(RESULT)
    for words in (
        "proved best among all subsets",
        "can't be told apart from a design of the search with 3 indexes",
        "- differs: dba, order_history (hot): expected 1, got 2",
        "- not comparable: page: tie",
        "1 of 3 other ANALYZE samples: 1.9 ms becomes 88 ms",
        "2 were wrong at first",
        "- lower(a | b): too wide",
        "a note [of] the server",
        "meets 1 of 2 targets",
    ):
        assert words in text
    search = replace(ENGINE.search, exact=False)
    assert "not proved best" in to_markdown(changed(search=search))


def test_every_table_of_an_indicative_server_says_so() -> None:
    assert "indicative" not in to_markdown(RESULT)
    text = to_markdown(changed(indicative=True))
    heads = [before for before, line in pairwise(text.splitlines()) if line.startswith("| --- ")]
    assert len(heads) == 3
    assert [head for head in heads if "(indicative)" not in head] == []
    assert "## PostgreSQL 18.6, indicative (embedded)" in text
    assert "All figures are indicative" in text


def test_no_index_at_all_is_an_answer() -> None:
    none = replace(WINNER, indexes=())
    text = to_markdown(changed(designs={**ENGINE.designs, "winner": none}))
    assert "None: no index made a measurable difference." in text
    assert "- `CREATE INDEX x ON orders (total)`" in text


def test_structures_stand_in_the_verdict_with_their_reasons_and_what_they_ask_of_the_user() -> None:
    text = to_markdown(STRUCTURED)
    assert "The winner has 2 structures and 1 index, takes" in text
    assert f"- {PARTITION.definition}\n  - order_history: 20 ms → 1.9 ms (10.5 times faster)\n" in text
    assert f"- {VIEW.definition}\n  - no statement by itself tells its gain" in text
    assert "  - a refresh takes 250 ms\n" in text
    assert "  - old chunks: 40 MiB by rows → 4 MiB by columns (10 times less)\n" in text
    assert "Given up for these structures, as `relax` allows: orders_pkey.\n" in text
    assert "`order_history`\n\n```sql\nSELECT 2;\n```" in text
    assert "The winner has 1 index, takes" in to_markdown(RESULT)
    assert "Given up" not in to_markdown(RESULT)


def test_concurrent_loops_are_told_apart() -> None:
    text = to_markdown(RESULT)
    assert "| winner | closed, 4 clients | 812 | order_history | 6 ms |" in text
    assert "| winner | open, 200/s, 4 clients | 200 | order_history | 8 ms |" in text
    bare = replace(WINNER, concurrent=())
    assert "Concurrent" not in to_markdown(changed(designs={**ENGINE.designs, "winner": bare}))


def test_pipes_in_cells_are_escaped() -> None:
    assert table(["a", "b"], [["x|y", "z"]]) == ["| a | b |", "| --- | --- |", "| x\\|y | z |"]
