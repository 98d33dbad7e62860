"""The parameter values that the finals run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.model.query import Binding


@dataclass(frozen=True, slots=True)
class Sets:
    """The bindings of the finals, by query: `timed` for latencies, `compared` for answers, `fresh` for
    writes that are committed (each used once)."""

    timed: Mapping[str, Sequence[Binding]]
    compared: Mapping[str, Sequence[Binding]]
    fresh: Mapping[str, Sequence[Binding]]
