"""Branch and bound over index sets: exact, or out of nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from optimizer.search.choice.bounds import Bounds
from optimizer.search.choice.evaluation import Evaluation
from optimizer.search.masks import members, single_bits

TOLERANCE = 1e-9
"""Relative to the record: a range that isn't better by more than this can't hold a better set."""


class _Probe(NamedTuple):
    """What deciding about one candidate does to the bound."""

    bit: int
    hidden: float
    shown: float


class Branching:
    """A depth-first search through ranges of sets; the records are kept by the evaluation.

    `nodes` is how many ranges may be bounded. `complete` is False where they ran out, or `going` said no:
    a better set may remain.
    """

    def __init__(
        self, evaluation: Evaluation, bounds: Bounds, nodes: int, going: Callable[[], bool] = lambda: True
    ) -> None:
        self.complete = True
        self._going = going
        self._last = bounds.asked + nodes
        self._evaluation = evaluation
        self._problem = evaluation.problem
        self._bounds = bounds

    def run(self, included: int, open: int) -> None:
        """Find the best set T with `included` ⊆ T ⊆ `included` | `open`."""
        if not self._problem.allowed(included):
            return
        if self._bounds.asked >= self._last or not self._going():
            self.complete = False
            return
        open = self._possible(included, open)
        value, wanted = self._bounds.over(included, open)
        if self._lost(value):
            return
        self._evaluation.value(included | wanted)
        if not open:
            self._evaluation.value(included)
        elif not self._lost(value):
            self._split(included, open, wanted & open or open)

    def _split(self, included: int, open: int, among: int) -> None:
        """Decide about one candidate of `among`: the one whose decision costs most either way."""
        chosen: _Probe | None = None
        for bit in single_bits(among):
            probe = self._probe(included, open, bit)
            if self._lost(min(probe.hidden, probe.shown)):
                return
            if self._lost(probe.hidden) or self._lost(probe.shown):
                open ^= bit
                included |= bit if self._lost(probe.hidden) else 0
                self.run(included, open)
                return
            if chosen is None or _strength(probe) > _strength(chosen):
                chosen = probe
        if chosen is not None:
            self._descend(included, open ^ chosen.bit, chosen)

    def _descend(self, included: int, open: int, probe: _Probe) -> None:
        children = [(probe.shown, included | probe.bit), (probe.hidden, included)]
        for bound, child in sorted(children):
            if not self._lost(bound):
                self.run(child, open)

    def _probe(self, included: int, open: int, bit: int) -> _Probe:
        rest = open ^ bit
        hidden = self._bounds.over(included, rest).value
        return _Probe(bit, hidden, self._bounds.over(included | bit, rest).value)

    def _possible(self, included: int, open: int) -> int:
        """The open candidates that the limits still allow beside the included ones."""
        problem, size = self._problem, self._problem.size(included)
        tables = [problem.table_of[i] for i in members(included)]
        for i in members(open):
            table = problem.table_of[i]
            full = table in problem.room and tables.count(table) >= problem.room[table]
            if full or not problem.fits(size + problem.bytes[i]):
                open ^= 1 << i
        return open

    def _lost(self, bound: float) -> bool:
        record = self._evaluation.record
        return bound >= record - TOLERANCE * max(1.0, abs(record)) if record < float("inf") else False


def _strength(probe: _Probe) -> tuple[float, float]:
    return min(probe.hidden, probe.shown), probe.hidden + probe.shown
