"""Where our run-time files live: server folders, claims, and copies of installations.

home/            0700; 0711 for root, whose servers run under another account that has to get through
├── id           made once; with the host's name it tells our leftovers from those of other machines
├── claims/      one locked file for everything that a live process has started
├── servers/     one folder for each embedded server, named after its claim
├── postgresql-<version>/   a copy of the binaries, where the installed ones can't be reached
├── timescaledb-<version>/   what npm has fetched
└── timescaledb-<version>-empty/   a data folder with the extension and nothing else
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from optimizer.errors import EngineUnavailable

VARIABLE = "OPTIMIZER_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of our run-time files; `id` (six hexadecimal digits) is this home on this host."""

    folder: Path
    id: str

    @property
    def servers(self) -> Path:
        return self.folder / "servers"

    @property
    def claims(self) -> Path:
        return self.folder / "claims"


def home_folder() -> Path:
    """The folder that OPTIMIZER_HOME names, else one in the user's cache, else (for root) in /var/tmp."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/tmp/schema-optimizer-0")
    return platformdirs.user_cache_path("schema-optimizer").absolute()


def open_home() -> Home:
    """The home, made where it isn't there; EngineUnavailable where it can't be made or isn't safe."""
    folder = home_folder()
    try:
        _make(folder)
        home = Home(folder, _identity(folder))
        _make(home.servers)
        _make(home.claims)
    except OSError as error:
        raise EngineUnavailable(
            f"can't write to {folder}: {error.strerror}", f"set {VARIABLE} to a folder of yours"
        ) from error
    return home


def _make(folder: Path) -> None:
    mode = 0o711 if os.geteuid() == 0 else 0o700
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        _check_ours(folder)
    else:
        folder.chmod(mode)


def _check_ours(folder: Path) -> None:
    found = folder.lstat()
    open_to_all = found.st_mode & stat.S_IWOTH
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or open_to_all:
        raise EngineUnavailable(
            f"{folder} isn't a folder of this account, or everyone can write to it",
            f"set {VARIABLE} to a folder of yours, or remove it",
        )


def _identity(folder: Path) -> str:
    path = folder / "id"
    if not path.exists():
        made = folder / f"id.{secrets.token_hex(8)}"
        made.write_text(secrets.token_hex(16))
        if path.exists():
            made.unlink()
        else:
            made.rename(path)
    seed = f"{path.read_text()} {socket.gethostname()}"
    return hashlib.sha256(seed.encode()).hexdigest()[:6]
