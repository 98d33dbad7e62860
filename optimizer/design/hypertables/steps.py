"""How long the chunks of a hypertable may be: round steps, neither too many nor too small. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

_HOUR = 3_600
_DAY = 24 * _HOUR

STEPS_S = (
    *(hours * _HOUR for hours in (1, 2, 4, 6, 12)),
    *(days * _DAY for days in (1, 2, 3, 7, 14, 30, 90, 365)),
)
"""Round lengths, in seconds."""

MOST_STEPS = 5
"""Lengths that are tried: each of them is a load of its own."""

LEAST_CHUNK_ROWS = 5_000
"""Rows of a chunk on average: below, planning a chunk costs more than an index over a larger one."""

MOST_CHUNKS = 300
"""Chunks over the whole span: planning looks at each that a statement can't leave out."""

LEAST_CHUNKS = 2


def fitting(span_s: float, rows: int, largest_s: float | None, whole_days: bool) -> tuple[int, ...]:
    """The steps for so many rows over a span, ascending; none where no step fits.

    `largest_s` is the length that the memory allows, None where that isn't known; where all steps are longer,
    the shortest one is given all the same. `whole_days`: chunks of dates are.
    """
    if span_s <= 0:
        return ()
    fit = [
        step
        for step in STEPS_S
        if LEAST_CHUNKS <= span_s / step <= MOST_CHUNKS
        and rows * step / span_s >= LEAST_CHUNK_ROWS
        and not (whole_days and step % _DAY)
    ]
    within = [step for step in fit if largest_s is None or step <= largest_s]
    return tuple(within or fit[:1])


def chosen(steps: Sequence[int], asked_s: float | None) -> tuple[int, ...]:
    """The steps to be tried, the most promising first.

    That is the shortest one that holds what statements ask for, or the longest where they ask for no span.
    Then come its neighbours and the longest, which is what TimescaleDB's own rule says.
    """
    if not steps:
        return ()
    last = len(steps) - 1
    best = last if asked_s is None else next((n for n, step in enumerate(steps) if step >= asked_s), last)
    wanted = [best, last, best + 1, best - 1, (best + last) // 2]
    near = sorted(range(len(steps)), key=lambda place: abs(place - best))
    places = [place for place in dict.fromkeys((*wanted, *near)) if 0 <= place <= last][:MOST_STEPS]
    return tuple(steps[place] for place in sorted(places, key=lambda p: _far(steps[p], steps[best])))


def _far(step: int, best: int) -> tuple[float, int]:
    return abs(log(step / best)), -step
