"""Data folders of the embedded TimescaleDB: copied, and kept empty in our home for the next time."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from optimizer.engines.providers.home import Home
from optimizer.engines.providers.timescale import process
from optimizer.engines.providers.timescale.extension import EXTENSION
from optimizer.engines.providers.timescale.installation import Installation, package_version
from optimizer.engines.providers.timescale.process import Place

_SEGMENT = re.compile(r"[0-9A-F]{24}")
_NEEDED = "SELECT redo_wal_file, pg_walfile_name(pg_current_wal_insert_lsn()) FROM pg_control_checkpoint()"


def copy_database(conninfo: str, source: Path, target: Path) -> None:
    """Copy the folder of a running database in which nobody is at work; psycopg's error where somebody is.

    Of the log only what comes after the checkpoint is needed.
    """
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(_NEEDED).fetchone()
        first, last = row or ("", "")
        shutil.copytree(source, target, ignore=_log_outside(first, last))


def empty_database(home: Home, installation: Installation, place: Place, memory_bytes: int) -> Path:
    """A folder with the extension created and nothing else; made at `place` where there is none yet.

    Made once for a home; another process may do the same at the same time, and the first one wins.
    """
    kept = home.folder / f"timescaledb-{package_version()}-empty"
    if not kept.is_dir():
        child = process.start(installation, place, memory_bytes)
        try:
            _keep(place, kept)
        finally:
            process.stop(child)
            shutil.rmtree(place.data)
    return kept


def _keep(place: Place, kept: Path) -> None:
    with psycopg.connect(place.conninfo, autocommit=True) as connection:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {EXTENSION}")
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=f"{kept.name}.") as made:
        draft = Path(made) / kept.name
        copy_database(place.conninfo, place.data, draft)
        try:
            draft.rename(kept)
        except OSError:
            if not kept.is_dir():
                raise


def _log_outside(first: str, last: str) -> Callable[[str, Sequence[str]], set[str]]:
    """For copytree: the segments of the log before the checkpoint, and those made for later."""

    def ignored(folder: str, names: Sequence[str]) -> set[str]:
        if Path(folder).name != "pg_wal":
            return set()
        return {name for name in names if _SEGMENT.fullmatch(name) and not first <= name <= last}

    return ignored
