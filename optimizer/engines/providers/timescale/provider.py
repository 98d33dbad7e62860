"""What all providers of TimescaleDB have in common."""

from __future__ import annotations

from optimizer.engines.providers.base import Provider
from optimizer.engines.providers.timescale.endpoint import TimescaleEndpoint


class TimescaleProvider(Provider[TimescaleEndpoint]):
    """One way to a TimescaleDB."""

    engine = "timescale"
    title = "TimescaleDB"
