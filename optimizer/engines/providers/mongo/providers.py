"""The providers of MongoDB."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.mongo.container import Container
from optimizer.engines.providers.mongo.embedded import Embedded
from optimizer.engines.providers.mongo.endpoint import MongoEndpoint
from optimizer.engines.providers.mongo.external import External

MONGO_PROVIDERS: tuple[Provider[MongoEndpoint], ...] = (External(), Container(), Embedded())
"""In the order in which `auto` prefers them."""
