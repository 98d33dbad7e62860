"""What all providers of MongoDB have in common."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint


class MongoProvider(Provider[MongoEndpoint]):
    """One way to a MongoDB server."""

    engine = "mongo"
    title = "MongoDB"
