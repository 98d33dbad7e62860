"""Cleaning what dead runs left on this machine: server processes and their folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from optimizer.engines.providers import claims, processes
from optimizer.engines.providers.attempts import attempts
from optimizer.engines.providers.home import Home
from optimizer.engines.providers.layout import Layout

REMOVAL_SECONDS = 2.0
PAUSE_SECONDS = 0.1


def clean_folders(home: Home) -> tuple[str, ...]:
    """Stop the servers whose owner is dead and remove their folders; the ids of those removed."""
    dead = [folder.name for folder in home.servers.iterdir() if claims.is_dead(home, folder.name)]
    for claim_id in dead:
        clean_folder(Layout.of(home, claim_id))
    return tuple(dead)


def clean_folder(layout: Layout) -> None:
    """End every process that still works on the server's folder, and remove it."""
    for process in processes.processes_of(layout.data):
        processes.stop(process)
    for folder in (layout.sockets, layout.folder):
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder in which dying processes may still write for a moment; OSError where that fails."""
    for _ in attempts(REMOVAL_SECONDS, PAUSE_SECONDS):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
    shutil.rmtree(folder)
