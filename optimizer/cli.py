"""The command line. Wires, never decides."""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer import __version__, options
from optimizer.deliver.files import write_files
from optimizer.engines import ENGINES
from optimizer.engines.values import ServerRequest
from optimizer.errors import GateFailed, Interrupted, OptimizerError
from optimizer.model.result import WINNER
from optimizer.model.workload import Workload
from optimizer.report.result_json import to_json
from optimizer.report.terminal import PlainWatcher, TerminalWatcher, summary
from optimizer.run import Finished, RunRequest, run, weight
from optimizer.watch import Clock, Watcher
from optimizer.workload.read import read

COMPARED = ("postgres", "mongo")
"""What is set side by side where nothing else is said."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"schema-optimizer {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Find the fastest schema design for a workload by measuring real designs on real servers.

    [bold]optimize shop.yaml[/bold] is short for [bold]optimize run shop.yaml[/bold].
    """


@app.command(name="run")
def run_command(
    workload: options.WorkloadFile,
    engine: options.EngineNames = None,
    provider: options.Provider = "auto",
    dsn: options.Dsns = None,
    time: options.Time = None,
    trials: options.Trials = None,
    scale: options.Scale = None,
    seed: options.Seed = None,
    out: options.Out = Path("results"),
    resume: options.Resume = False,
    require_target: Annotated[
        bool, typer.Option("--require-target", help="Exit with 1 where the winner misses a target.")
    ] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Find the best design of a workload, prove it, and write its DDL.

    Examples:

        optimize shop.yaml

        optimize shop.yaml --time 3m --scale 0.1

        optimize shop.yaml --dsn postgres=postgresql://me@localhost/postgres
    """
    with _errors(debug):
        named = read(workload, engines=options.engines(engine))
        seconds = options.seconds(time) or _usual(named, named.engines)
        names = list(named.engines)
        known = read(workload, scale=scale, seed=seed, engines=names, seconds=seconds, trials=trials)
        request = RunRequest(out, options.provider(provider), options.dsns(dsn or []), resume)
        finished = _run(known, request, quiet, json)
        if require_target:
            _gate(finished)


@app.command()
def compare(
    workload: options.WorkloadFile,
    engine: options.EngineNames = None,
    provider: options.Provider = "auto",
    dsn: options.Dsns = None,
    time: options.Time = None,
    trials: options.Trials = None,
    scale: options.Scale = None,
    seed: options.Seed = None,
    out: options.Out = Path("results"),
    resume: options.Resume = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
    debug: options.Debug = False,
) -> None:
    """Find the best design of each engine, and set them side by side: the same answers, measured together.

    The engines are those of --engine, else those of the file where it names several, else PostgreSQL and
    MongoDB. The time is that of the file for PostgreSQL, and twice that for any other engine; --time is for
    all of them together.

    Examples:

        optimize compare shop.yaml

        optimize compare shop.yaml --engine postgres --engine mongo --time 10m
    """
    with _errors(debug):
        named = read(workload, engines=options.engines(engine))
        names = list(named.engines) if len(named.engines) > 1 else list(COMPARED)
        seconds = options.seconds(time) or _usual(named, names)
        known = read(workload, scale=scale, seed=seed, engines=names, seconds=seconds, trials=trials)
        _run(known, RunRequest(out, options.provider(provider), options.dsns(dsn or []), resume), quiet, json)


def _usual(known: Workload, names: Sequence[str]) -> float:
    """The file's time for one engine; where there are several, twice that for each but PostgreSQL."""
    seconds = known.budget.seconds
    return seconds if len(names) == 1 else seconds * sum(weight(ENGINES[name]) for name in names)


def _run(known: Workload, request: RunRequest, quiet: bool, json: bool) -> Finished:
    """The run with its progress, its files and what is told at the end."""
    clock = Clock(known.budget.seconds)
    console = Console(stderr=json, quiet=quiet or json)
    with _watching(console, clock) as watch:
        finished = run(known, request, watch, clock)
        write_files(finished.result, finished.folder, finished.files)
        if not finished.result.failed:
            finished.folder.finish()
    _tell(finished, console, json)
    if finished.result.failed:
        told = (f"{name} couldn't be finished: {why}" for name, why in finished.result.failed.items())
        raise OptimizerError("\n".join(told), "The rest was written. Add --resume to go on.")
    return finished


@app.command()
def engines(
    dsn: Annotated[
        list[str] | None, typer.Option("--dsn", help="A server of yours: ENGINE=URL.", metavar="ENGINE=URL")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Tracebacks.")] = False,
) -> None:
    """Which engines can be had here, by which provider, and if not, why not."""
    with _errors(debug):
        urls = options.dsns(dsn or [])
        table = Table("engine", "provider", "here", "why", box=None, pad_edge=False)
        for name, one in ENGINES.items():
            for answer in one.availability(ServerRequest(dsn=urls.get(name))):
                table.add_row(name, answer.provider, "yes" if answer.available else "no", answer.reason)
        Console().print(table)


_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run; while it cleans up after one, further ones are ignored."""


@contextmanager
def _errors(debug: bool) -> Iterator[None]:
    """Turn every failure into one clear message and its exit status."""
    try:
        yield
    except typer.Exit:
        raise
    except BaseException as error:
        if debug:
            traceback.print_exc()
        message, status = _told(error)
        typer.echo(message, err=True)
        raise typer.Exit(status) from error


def _told(error: BaseException) -> tuple[str, int]:
    """What a person is told of an error, and the exit status."""
    if isinstance(error, OptimizerError):
        return str(error), error.exit_status
    if isinstance(error, KeyboardInterrupt):
        return "stopped", Interrupted.exit_status
    if isinstance(error, OSError):
        return _os_message(error), OptimizerError.exit_status
    mistake = f"a mistake of the optimizer itself: {type(error).__name__}: {error}"
    return f"{mistake}\nAdd --debug for the traceback.", OptimizerError.exit_status


def _os_message(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"the disk is full ({error.filename or 'while writing'}); free some space, then add --resume"
    return f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")


@contextmanager
def _watching(console: Console, clock: Clock) -> Iterator[Watcher]:
    """Progress for the length of a run, and Ctrl-C as it should be: a first one ends the search only."""
    watch: TerminalWatcher | PlainWatcher
    watch = TerminalWatcher(console, clock) if console.is_terminal else PlainWatcher(console, clock)

    def interrupted(number: int, frame: object) -> None:
        if number == signal.SIGINT and clock.phase == "search" and not clock.stopped:
            clock.stopped = True
            watch.note("Stopping the search; the best so far goes to the finals. Ctrl-C again stops all.")
        else:
            for one in _STOPPING:
                signal.signal(one, signal.SIG_IGN)
            raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupted) for number in _STOPPING}
    try:
        yield watch
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        watch.close()


def _tell(finished: Finished, console: Console, json: bool) -> None:
    if json:
        typer.echo(to_json(finished.result), nl=False)
    else:
        summary(console, finished.result, finished.folder.path, finished.files)


def _gate(finished: Finished) -> None:
    missed = [
        f"{name}: {query.query.name}"
        for name, engine in finished.result.engines.items()
        for query in engine.queries
        if query.meets.get(WINNER) is not True
    ]
    if missed:
        raise GateFailed("targets that aren't surely met: " + ", ".join(missed))


def main() -> None:
    """The console script; `optimize WORKLOAD.yaml` is short for `optimize run WORKLOAD.yaml`."""
    app(_with_command(sys.argv[1:]), prog_name="optimize")


def _with_command(arguments: list[str]) -> list[str]:
    commands = {command.name for command in app.registered_commands}
    commands |= {command.callback.__name__ for command in app.registered_commands if command.callback}
    named = any(argument in commands for argument in arguments[:1])
    if not arguments or named or arguments[0] in ("--help", "--version"):
        return arguments
    return ["run", *arguments]
