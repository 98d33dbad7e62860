"""The providers of TimescaleDB."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.timescale.container import Container
from optimizer.engines.providers.timescale.embedded import Embedded
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint
from optimizer.engines.providers.timescale.external import External

TIMESCALE_PROVIDERS: tuple[Provider[TimescaleEndpoint], ...] = (External(), Container(), Embedded())
"""In the order in which `auto` prefers them."""
