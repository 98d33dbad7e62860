"""Where a MongoDB server is."""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.engines.providers.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class MongoEndpoint(Endpoint):
    """A MongoDB server, for `optimizer.engines.mongo.client.client`.

    `uri` may hold a password. `version` is (6, 0, 5). `transactions`: whether it has them (a replica set or
    a sharded cluster); without, no write can be rolled back. `cache_bytes`: what the cache of a server of
    ours was started with; None where it isn't ours to set.
    """

    uri: str = field(repr=False)
    version: tuple[int, int, int]
    transactions: bool = True
    cache_bytes: int | None = None
