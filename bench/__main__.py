"""`python -m bench [NAME ...]`: measures the figures, prints each as soon as it is there, then one table."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from math import nan

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import (
    cloning,
    compare_run,
    document_designs,
    document_read,
    documents,
    generating,
    loading,
    plan_map,
    point_read,
    small_spaces,
    structures,
    timescale_devops,
    timescale_loading,
    tree_accuracy,
    whole_run,
)
from bench.figure import Figure, at_least, number
from bench.setting import Setting
from bench.workbench import Workbench
from optimizer.errors import OptimizerError

FIGURES: dict[str, Callable[[Workbench], Iterator[Figure]]] = {
    "loading": loading.measure,
    "documents": documents.measure,
    "generating": generating.measure,
    "point_read": point_read.measure,
    "document_read": document_read.measure,
    "plan_map": plan_map.measure,
    "document_designs": document_designs.measure,
    "tree_accuracy": tree_accuracy.measure,
    "small_spaces": small_spaces.measure,
    "whole_run": whole_run.measure,
    "compare_run": compare_run.measure,
    "cloning": cloning.measure,
    "structures": structures.measure,
    "timescale_loading": timescale_loading.measure,
    "timescale_devops": timescale_devops.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 where every goal is met, else 1."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    console, progress = Console(), Console(stderr=True)
    with progress.status("") as status:

        def say(what: str) -> None:
            status.update(escape(what))

        with Workbench(Setting(asked.scale, asked.quick, say)) as bench:
            figures = list(_measured(bench, asked.names or list(FIGURES), console))
    console.print(_table(figures))
    return 0 if all(figure.met for figure in figures) else 1


def _measured(bench: Workbench, names: Sequence[str], console: Console) -> Iterator[Figure]:
    for name in names:
        try:
            for figure in FIGURES[name](bench):
                console.print(_line(figure), highlight=False, soft_wrap=True)
                yield figure
        except OptimizerError as error:
            console.print(f"{name}: {escape(str(error))}", highlight=False, soft_wrap=True)
            yield Figure(name, nan, "couldn't be measured", at_least(0.0), (str(error),))


def _line(figure: Figure) -> str:
    verdict = "met" if figure.met else "MISSED"
    head = f"{figure.name}: {number(figure.value)} {figure.unit} (goal {figure.goal}: {verdict})"
    return escape("\n".join([head, *(f"    {note}" for note in figure.notes)]))


def _table(figures: Sequence[Figure]) -> Table:
    table = Table("promise", "measured", "what", "goal", "", box=None, pad_edge=False)
    for figure in figures:
        verdict = "[green]met[/green]" if figure.met else "[red]missed[/red]"
        cells = (figure.name, number(figure.value), figure.unit, str(figure.goal))
        table.add_row(*map(escape, cells), verdict)
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description="Measure the promises.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=FIGURES, help=", ".join(FIGURES))
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the workloads' volumes")
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a glance, no proof")
    return parser


if __name__ == "__main__":
    sys.exit(main())
