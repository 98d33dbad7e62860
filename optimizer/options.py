"""The options that several commands share, and what their texts mean."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from optimizer.engines import ENGINES
from optimizer.errors import Problem, WorkloadError
from optimizer.workload.mistake import Mistake
from optimizer.workload.units import duration

WorkloadFile = Annotated[Path, typer.Argument(help="The workload file (YAML).", metavar="WORKLOAD.yaml")]
EngineNames = Annotated[list[str] | None, typer.Option("--engine", help="Search on this engine; repeatable.")]
Provider = Annotated[str, typer.Option(help="How servers are had: auto, container, embedded or external.")]
Dsns = Annotated[
    list[str] | None,
    typer.Option("--dsn", help="A server of yours: ENGINE=URL; repeatable.", metavar="ENGINE=URL"),
]
Time = Annotated[
    str | None,
    typer.Option("--time", help="What a run may take: 90s, 10m, 1h (default 10m); its finals are finished."),
]
Trials = Annotated[int | None, typer.Option(min=1, help="Designs to try at most.")]
Scale = Annotated[float | None, typer.Option(help="Multiplies every volume of the file.")]
Seed = Annotated[int | None, typer.Option(help="Other data, other parameters.")]
Out = Annotated[Path, typer.Option(help="Where results go.", file_okay=False)]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where a killed run was.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Errors only.")]
Json = Annotated[bool, typer.Option("--json", help="The result on standard output, nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Tracebacks, and more in run.log.")]


def engines(names: list[str] | None) -> list[str] | None:
    """The names as they are; WorkloadError where there is no such engine."""
    for name in names or ():
        if name not in ENGINES:
            raise WorkloadError(
                Problem(f"--engine {name}: there is no such engine", hint=f"choose of {', '.join(ENGINES)}")
            )
    return names


def provider(name: str) -> str:
    """The name as it is; WorkloadError where there is no such provider."""
    known = ("auto", "container", "embedded", "external")
    if name not in known:
        raise WorkloadError(
            Problem(f"--provider {name}: there is no such provider", hint=f"choose of {', '.join(known)}")
        )
    return name


def dsns(pairs: list[str]) -> dict[str, str]:
    """The URLs by engine."""
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


def seconds(text: str | None) -> float | None:
    """A duration in seconds."""
    if text is None:
        return None
    try:
        return duration(text)
    except Mistake as mistake:
        raise WorkloadError(Problem(f"--time: {mistake.message}", hint=mistake.hint)) from mistake
