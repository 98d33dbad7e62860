"""The cache of a server of our own: it grows with the databases on it, so that each has what is asked for.

Designs are measured side by side in one server. Of a cache that is meant for one of them each would have a
part: statements that read widely would then be slower the more designs are measured.
"""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines.mongo.client import Client

_PARAMETER = "wiredTigerEngineRuntimeConfig"
_MOST = 0.5
"""The part of the machine's memory that all databases together may have; a single one always has its own."""


@dataclass(frozen=True, slots=True)
class Cache:
    """`one_bytes` is what one database is to have, `most_bytes` what all of them may."""

    client: Client
    one_bytes: int
    most_bytes: int

    def fit(self, databases: int) -> None:
        """Make it as large as so many databases need."""
        size = max(self.one_bytes, min(databases * self.one_bytes, self.most_bytes))
        self.client.admin.command({"setParameter": 1, _PARAMETER: f"cache_size={size >> 20}M"})


def cache_of(client: Client, bytes: int) -> Cache:
    """The cache of a server that was started with so many bytes of it."""
    system = client.admin.command("hostInfo")["system"]
    memory = int(system.get("memLimitMB", system["memSizeMB"])) << 20
    return Cache(client, bytes, int(memory * _MOST))
