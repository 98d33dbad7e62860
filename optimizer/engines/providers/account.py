"""The operating-system account that an embedded server runs under: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import EngineUnavailable

OUR_NAME = "schema-optimizer"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine, by its numbers."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """None where we aren't root; else `postgres`, our own (made where that can be done), or `nobody`."""
    if os.geteuid() != 0:
        return None
    found = _look_up("postgres") or _look_up(OUR_NAME) or _create() or _look_up("nobody")
    if found is None:
        raise EngineUnavailable(
            "root can't run PostgreSQL, and there is no other account", "run as an ordinary user"
        )
    return found


def switch(account: Account | None) -> dict[str, Any]:
    """The arguments of `subprocess` that start a process under the account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether the account can work in the folder, whatever lies above it."""
    done = subprocess.run(["test", "-x", str(folder)], cwd="/", check=False, **switch(account))
    return done.returncode == 0


def private_folder(folder: Path, account: Account | None) -> None:
    """Make a folder that only the account (and root) can enter; FileExistsError where it is there."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _look_up(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_gid) if entry.pw_uid != 0 else None


def _create() -> Account | None:
    useradd = shutil.which("useradd")
    if useradd is None:
        return None
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OUR_NAME]
    done = subprocess.run(command, check=False, capture_output=True)
    return _look_up(OUR_NAME) if done.returncode == 0 else None
