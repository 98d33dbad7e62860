"""PostgreSQL's own clients, from the package that the embedded server comes from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from psycopg.conninfo import conninfo_to_dict

from optimizer.engines.providers.home import open_home
from optimizer.engines.providers.postgres.installation import reachable_programs
from optimizer.errors import OptimizerError

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}


def run_program(
    name: str, arguments: Sequence[str], conninfo: str, settings: Mapping[str, str] | None = None
) -> None:
    """Run a client on a database to its end; `settings` are those of its session.

    OptimizerError with what it said where it fails.
    """
    program = reachable_programs(open_home(), None) / name
    options = " ".join(f"-c {setting}={value}" for setting, value in (settings or {}).items())
    done = subprocess.run(
        [str(program), *arguments],
        check=False,
        env={**os.environ, **_address(conninfo), "PGOPTIONS": options},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise OptimizerError(f"{name} failed", done.stderr.strip())


def _address(conninfo: str) -> dict[str, str]:
    known = conninfo_to_dict(conninfo)
    return {variable: str(known[key]) for key, variable in _VARIABLES.items() if key in known}
