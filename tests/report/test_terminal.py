"""What a person sees, and what a pipe gets: the same words, no control characters."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from optimizer.report import terminal
from optimizer.report.terminal import PlainWatcher, TerminalWatcher, summary
from optimizer.watch import Clock, Watcher
from tests.report.made_up import DEFINITION, ENGINE, PARTITION, RESULT, STRUCTURED

FOLDER = Path("results/shop/20261121T233000Z")


def pipe() -> Console:
    """A console as it is where output goes into a pipe."""
    return Console(file=io.StringIO(), force_terminal=False)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def controls(text: str) -> set[str]:
    return {c for c in text if unicodedata.category(c) == "Cc" and c != "\n"}


def tell(watch: Watcher) -> None:
    watch.phase("search")
    watch.step("measuring [bold]order_history[/bold]", 0.5)
    watch.best("12 ms")
    watch.note("a note [of] the server, [/] and \\[ more")
    watch.close()


def test_a_pipe_gets_lines_without_control_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_QUIET_SECONDS", 0.0)
    console = pipe()
    tell(PlainWatcher(console, Clock(60.0)))
    text = written(console)
    assert controls(text) == set()
    assert [line.split("] ", 1)[1] for line in text.splitlines()] == [
        "search",
        "search: measuring [bold]order_history[/bold] (50%)",
        "search: best so far: 12 ms",
        "a note [of] the server, [/] and \\[ more",
    ]


def test_a_pipe_is_not_flooded() -> None:
    console = pipe()
    watch = PlainWatcher(console, Clock(60.0))
    watch.phase("search")
    for n in range(1000):
        watch.step(f"step {n}", n / 1000)
    assert len(written(console).splitlines()) < 5


def test_a_long_line_stays_one_line_in_a_pipe() -> None:
    console = pipe()
    PlainWatcher(console, Clock(60.0)).note("word " * 60 + "end")
    assert len(written(console).splitlines()) == 1


def test_the_summary_in_a_pipe_says_everything() -> None:
    console = pipe()
    summary(console, RESULT, FOLDER, ["postgres/schema.sql"])
    text = written(console)
    assert controls(text) == set()
    assert len({len(line) for line in text.splitlines()[2:6]}) == 1
    for words in (
        "order_history",
        "place_order",
        "baseline",
        "winner",
        "undecided",
        "50 ms @ p99.5",
        f"{DEFINITION};\n    order_history: 410 ms → 1.9 ms (216 times faster)\n",
        "    costs place_order: 1 ms → 1.04 ms (+4.0 %)",
        "1 index (the search proved its best set, the finals pruned it), 93 MiB; score 1.4 against",
        "results/shop/20261121T233000Z/postgres/schema.sql",
    ):
        assert words in text


def test_the_summary_says_what_structures_ask_of_the_user() -> None:
    console = pipe()
    summary(console, STRUCTURED, FOLDER, [])
    text = written(console)
    for words in (
        "Winner: 2 structures and 1 index (",
        f"\n{PARTITION.definition}\n    order_history: 20 ms → 1.9 ms (10.5 times faster)\n",
        "\nGiven up for these structures, as `relax` allows: orders_pkey\n",
        "\nIn other words: order_history\n",
    ):
        assert words in text


def test_a_table_of_an_indicative_server_says_so() -> None:
    indicative = replace(RESULT, engines={"postgres": replace(ENGINE, indicative=True)})
    console = pipe()
    summary(console, indicative, FOLDER, [])
    title, _, head, *_ = written(console).strip("\n").splitlines()
    assert title.strip() == "PostgreSQL 18.6, indicative (embedded)"
    assert head.startswith("┃ statement (indicative) ┃")


def test_a_terminal_shows_notes_as_they_are_and_clears_its_line() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    tell(TerminalWatcher(console, Clock(60.0)))
    text = written(console)
    assert "a note [of] the server, [/] and \\[ more" in text
    assert "measuring [bold]order_history[/bold]" in text
    assert "\x1b[2K" in text
