"""A child process watched from outside: its memory and that of all that it starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import psutil

SERVERS = frozenset({"postgres", "mongod"})


@dataclass(slots=True)
class Peak:
    """The most bytes that were in use at one moment: by clients, and by the server's processes."""

    clients: int = 0
    server: int = 0

    def look(self, process: psutil.Process) -> None:
        """Take a look at a process and all its descendants; one that has just ended counts nothing."""
        clients, server = 0, 0
        for one in _tree(process):
            try:
                is_server = one.name() in SERVERS
                used = _shared_fairly(one) if is_server else one.memory_info().rss
            except psutil.Error:
                continue
            clients, server = clients + used * (not is_server), server + used * is_server
        self.clients, self.server = max(self.clients, clients), max(self.server, server)


def _tree(process: psutil.Process) -> Iterable[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _shared_fairly(process: psutil.Process) -> int:
    """Bytes with shared memory split among those who share it, where the system can tell; else private."""
    used = process.memory_full_info()
    return int(getattr(used, "pss", used.uss))
