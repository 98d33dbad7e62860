"""The command line. Wires, never decides."""

from __future__ import annotations

import errno
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer import __version__
from optimizer.deliver.files import write_files
from optimizer.engines import ENGINES
from optimizer.engines.base import ServerRequest
from optimizer.errors import GateFailed, Interrupted, OptimizerError, Problem, WorkloadError
from optimizer.report.result_json import to_json
from optimizer.report.terminal import PlainWatcher, TerminalWatcher, summary
from optimizer.run import Finished, RunRequest, run
from optimizer.watch import Clock, Watcher
from optimizer.workload.mistake import Mistake
from optimizer.workload.read import read
from optimizer.workload.units import duration

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
    workload: Annotated[Path, typer.Argument(help="The workload file (YAML).", metavar="WORKLOAD.yaml")],
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="Search on this engine; repeatable.")
    ] = None,
    provider: Annotated[
        str, typer.Option(help="How servers are had: auto, container, embedded or external.")
    ] = "auto",
    dsn: Annotated[
        list[str] | None,
        typer.Option("--dsn", help="A server of yours: ENGINE=URL; repeatable.", metavar="ENGINE=URL"),
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", help="For the whole run: 90s, 10m, 1h (default 10m).")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Designs to try at most.")] = None,
    scale: Annotated[float | None, typer.Option(help="Multiplies every volume of the file.")] = None,
    seed: Annotated[int | None, typer.Option(help="Other data, other parameters.")] = None,
    out: Annotated[Path, typer.Option(help="Where results go.", file_okay=False)] = Path("results"),
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a killed run was.")] = False,
    require_target: Annotated[
        bool, typer.Option("--require-target", help="Exit with 1 where the winner misses a target.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Errors only.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="The result on standard output, nothing else.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Tracebacks, and more in run.log.")] = False,
) -> None:
    """Find the best design of a workload, prove it, and write its DDL.

    Examples:

        optimize shop.yaml

        optimize shop.yaml --time 3m --scale 0.1

        optimize shop.yaml --dsn postgres=postgresql://me@localhost/postgres
    """
    with _errors(debug):
        known = read(
            workload, scale=scale, seed=seed, engines=_engines(engine), seconds=_seconds(time), trials=trials
        )
        request = RunRequest(out, _provider(provider), _dsns(dsn or []), resume)
        clock = Clock(known.budget.seconds)
        console = Console(stderr=json, quiet=quiet or json)
        with _watching(console, clock) as watch:
            finished = run(known, request, watch, clock)
            write_files(finished.result, finished.folder, finished.scripts)
            finished.folder.finish()
        _tell(finished, console, json)
        if require_target:
            _gate(finished)


@app.command()
def engines(
    dsn: Annotated[
        list[str] | None, typer.Option("--dsn", help="A server of yours: ENGINE=URL.", metavar="ENGINE=URL")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Tracebacks.")] = False,
) -> None:
    """Which engines can be had here, by which provider, and if not, why not."""
    with _errors(debug):
        urls = _dsns(dsn or [])
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
        summary(console, finished.result, finished.folder.path)


def _gate(finished: Finished) -> None:
    missed = [
        f"{name}: {query.query.name}"
        for name, engine in finished.result.engines.items()
        for query in engine.queries
        if query.meets.get("winner") is not True
    ]
    if missed:
        raise GateFailed("targets that aren't surely met: " + ", ".join(missed))


def _engines(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        if name not in ENGINES:
            raise WorkloadError(
                Problem(f"--engine {name}: there is no such engine", hint=f"choose of {', '.join(ENGINES)}")
            )
    return names


def _provider(name: str) -> str:
    known = ("auto", "container", "embedded", "external")
    if name not in known:
        raise WorkloadError(
            Problem(f"--provider {name}: there is no such provider", hint=f"choose of {', '.join(known)}")
        )
    return name


def _dsns(pairs: list[str]) -> dict[str, str]:
    urls = {}
    for pair in pairs:
        name, equals, url = pair.partition("=")
        if not equals or name not in ENGINES:
            raise WorkloadError(
                Problem(
                    "--dsn takes ENGINE=URL",
                    hint=f"such as {next(iter(ENGINES))}=...; engines: {', '.join(ENGINES)}",
                )
            )
        urls[name] = url
    return urls


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return duration(text)
    except Mistake as mistake:
        raise WorkloadError(Problem(f"--time: {mistake.message}", hint=mistake.hint)) from mistake


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
