"""PostgreSQL's own clients, from the package that the embedded server comes from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.postgres.installation import reachable_programs
from optimizer.errors import OptimizerError

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}


def start_program(
    name: str, arguments: Sequence[str], conninfo: str, settings: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a client on a database, its output read; `settings` are those of its session."""
    program = reachable_programs(open_home(), None) / name
    options = " ".join(f"-c {setting}={value}" for setting, value in (settings or {}).items())
    return subprocess.Popen(
        [str(program), *arguments],
        env={**os.environ, **_address(conninfo), "PGOPTIONS": options},
        cwd=Path("/"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish_program(process: subprocess.Popen[str]) -> str:
    """Wait for a client and give its standard output; OptimizerError where it failed."""
    output, errors = process.communicate()
    if process.returncode != 0:
        raise OptimizerError(f"{Path(str(process.args[0])).name} failed", errors.strip())  # type: ignore[index]
    return output


def run_program(
    name: str, arguments: Sequence[str], conninfo: str, settings: Mapping[str, str] | None = None
) -> str:
    """Run a client to its end and give its standard output."""
    return finish_program(start_program(name, arguments, conninfo, settings))


def _address(conninfo: str) -> dict[str, str]:
    known = conninfo_to_dict(conninfo)
    return {variable: str(known[key]) for key, variable in _VARIABLES.items() if key in known}
