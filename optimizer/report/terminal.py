"""What a person sees: progress while it runs, one table and the reasons at the end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from optimizer.model.result import BASELINE, GIVEN, ComparisonResult, EngineResult, RunResult
from optimizer.report import words
from optimizer.report.comparison import costs, measured, statements, verdict, where_better
from optimizer.watch import Clock, Watcher

_QUIET_SECONDS = 5.0
_ALMOST = 0.999
"""A bar that is full stops Rich's clock beside it."""
_WIDEST = 1000


class TerminalWatcher(Watcher):
    """Progress on a terminal: one live line (phase, what, best so far, time left), notes above it."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._clock = clock
        self._progress = Progress(
            TextColumn("[bold]{task.fields[phase]:<9}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[what]}"),
            TextColumn("{task.fields[best]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=1.0, phase="start", what="", best="", left="")
        self._progress.start()

    def phase(self, name: str) -> None:
        self._progress.update(self._task, phase=name, what="", completed=0.0, left=self._left())

    def step(self, what: str, fraction: float | None = None) -> None:
        self._progress.update(self._task, what=escape(what[:60]), left=self._left())
        if fraction is not None:
            self._progress.update(self._task, completed=min(fraction, _ALMOST))

    def best(self, text: str) -> None:
        self._progress.update(self._task, best=escape(f"best: {text}"))

    def note(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False)

    def close(self) -> None:
        """Take the live line away."""
        self._progress.stop()

    def _left(self) -> str:
        return f"{max(0.0, self._clock.left):.0f} s left"


class PlainWatcher(Watcher):
    """Progress in a pipe or a log: a line a phase, and one every few seconds; no control characters."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._phase = ""
        self._said = monotonic()

    def phase(self, name: str) -> None:
        self._phase = name
        self._say(name)

    def step(self, what: str, fraction: float | None = None) -> None:
        if monotonic() - self._said >= _QUIET_SECONDS:
            share = f" ({fraction:.0%})" if fraction is not None else ""
            self._say(f"{self._phase}: {what}{share}")

    def best(self, text: str) -> None:
        if monotonic() - self._said >= _QUIET_SECONDS:
            self._say(f"{self._phase}: best so far: {text}")

    def note(self, line: str) -> None:
        self._say(line)

    def _say(self, line: str) -> None:
        self._said = monotonic()
        self._console.print(
            f"[{self._clock.elapsed:6.1f} s] {line}", markup=False, highlight=False, soft_wrap=True
        )


def summary(console: Console, result: RunResult, folder: Path, files: Iterable[str]) -> None:
    """The tables, the winning design with its reasons, and where the files are."""
    for engine in result.engines.values():
        console.print()
        _print_whole(console, _statements(engine))
        for line in (_verdict(engine), *engine.notes):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        for structure in engine.winner.structures:
            console.print(
                f"\n{structure.structure.definition}", markup=False, highlight=False, soft_wrap=True
            )
            for line in words.structure_reasons(structure):
                console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
        for line in (*words.given_up(engine), *_otherwise(engine)):
            console.print(f"\n{line}", markup=False, highlight=False, soft_wrap=True)
        for index in engine.winner.indexes:
            console.print(f"\n{index.definition};", markup=False, highlight=False, soft_wrap=True)
            for line in words.reasons(index):
                console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)
    if result.comparison is not None:
        _compared(console, result.comparison)
    console.print(f"\nFiles: {folder}", markup=False, highlight=False, soft_wrap=True)
    for name in ("report.md", "result.json", *files):
        console.print(f"    {folder / name}", markup=False, highlight=False, soft_wrap=True)


def _otherwise(engine: EngineResult) -> tuple[str, ...]:
    """A line that names the statements that have to be sent otherwise; none where all stay as they are."""
    names = ", ".join(engine.rewritten)
    return (f"In other words: {names}",) if names else ()


def _compared(console: Console, comparison: ComparisonResult) -> None:
    """The engines side by side."""
    for title, (head, rows) in (
        ("Side by side", statements(comparison)),
        ("What it costs", costs(comparison)),
    ):
        table = Table(title=title, title_justify="left")
        for place, column in enumerate(head):
            table.add_column(escape(column), justify="left" if place == 0 else "right")
        for row in rows:
            table.add_row(*map(escape, row))
        console.print()
        _print_whole(console, table)
    told = (verdict(comparison), *where_better(comparison), measured(comparison))
    for line in (*told, *map(str, comparison.mismatched)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _print_whole(console: Console, table: Table) -> None:
    """What isn't a terminal has no width: there the table takes what it needs."""
    if not console.is_terminal:
        needed = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
        console.width = max(console.width, needed)
    console.print(table)


def _statements(engine: EngineResult) -> Table:
    labels = words.labels(engine)
    table = Table(title=f"{words.server(engine)} ({engine.provider})", title_justify="left")
    table.add_column(words.head_of("statement", engine))
    table.add_column("target", justify="right")
    for label in labels:
        table.add_column(label, justify="right")
    table.add_column("target is")
    for query in engine.queries:
        table.add_row(
            query.query.name,
            str(query.query.target),
            *(words.at_target(query.latencies.get(label)) for label in labels),
            words.verdict(query),
        )
    return table


def _verdict(engine: EngineResult) -> str:
    designs = engine.designs
    sure = "the search proved its best set, the finals pruned it" if engine.search.exact else "best found"
    winner, baseline, given = (
        words.figure(design.score, 4) for design in (engine.winner, designs[BASELINE], designs[GIVEN])
    )
    return (
        f"Winner: {words.made_of(engine.winner)} ({sure}), "
        f"{words.size(engine.winner.bytes)}; score "
        f"{winner} against {baseline} (baseline) and {given} (given). "
        f"{engine.equivalence.compared} answers compared, {len(engine.equivalence.mismatched)} different."
    )
