"""Optuna's journal file: opened so that a run that was killed while writing does no harm."""

from __future__ import annotations

from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

NAME = "study.journal"


def open_journal(folder: Path) -> JournalStorage:
    """The journal in the folder, made where there is none; the folder has one writer.

    What a killed writer left is taken away: its lock, which would be waited for, and a half-written last
    line, to which the next line would be glued. The path is absolute because Optuna's lock is a link to it
    that must not dangle.
    """
    path = folder.resolve() / NAME
    path.with_name(NAME + ".lock").unlink(missing_ok=True)
    if path.exists():
        _cut_half_line(path)
    return JournalStorage(JournalFileBackend(str(path)))


def _cut_half_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
