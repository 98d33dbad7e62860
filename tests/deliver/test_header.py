"""The head of a delivered file says what stands below it, in comments of the file's own language."""

from __future__ import annotations

from dataclasses import replace

from optimizer.deliver.header import header
from tests.report.made_up import ENGINE, RESULT, STRUCTURED


def test_every_line_is_a_comment_and_the_last_one_is_empty() -> None:
    lines = header(RESULT, RESULT.engines["postgres"], "//").split("\n")
    assert all(line.startswith("// ") for line in lines[:-2])
    assert lines[-2:] == ["", ""]


def test_it_says_that_figures_are_indicative() -> None:
    assert "indicative" not in header(RESULT, ENGINE)
    assert "-- all figures are indicative: " in header(RESULT, replace(ENGINE, indicative=True))


def test_it_says_which_of_what_follows_carries_a_reason() -> None:
    bare = header(RESULT, RESULT.engines["postgres"])
    structured = header(STRUCTURED, STRUCTURED.engines["postgres"])
    assert "-- Each index below carries its reason" in bare
    assert "-- Each structure and each index below carries its reason" in structured
