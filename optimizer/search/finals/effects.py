"""What one thing does to a statement: two contestants of the same rounds, one without it and one with it."""

from __future__ import annotations

import statistics
from dataclasses import replace

from optimizer.measure.rounds import Rounds
from optimizer.model.measurement import Status
from optimizer.model.query import Query
from optimizer.model.result import Effect
from optimizer.search.finals.judging import means
from optimizer.statistics.paired import compare
from optimizer.statistics.percentiles import latency


def effect(rounds: Rounds, query: str, without: str, present: str) -> Effect:
    """The query's mean latency on both, in the middle one of the rounds, and whether the rounds tell."""
    before, after = means(rounds, query, without, present), means(rounds, query, present, without)
    return Effect(
        query,
        statistics.median(before),
        statistics.median(after),
        sure=not compare(after, before).tied,
        stopped=_mostly(rounds, query, without, Status.TIMED_OUT),
        impossible=_mostly(rounds, query, without, Status.FAILED),
    )


def _mostly(rounds: Rounds, query: str, label: str, status: Status) -> bool:
    """Whether executions ended so in half of the rounds or more: the middle one tells of them then."""
    found = [any(execution.status is status for execution in one) for one in rounds.by_key[label, query]]
    return 2 * sum(found) >= len(found)


def reason(rounds: Rounds, query: Query, without: str, present: str) -> Effect | None:
    """What the query loses without it; None where nothing is measurably lost."""
    found = effect(rounds, query.name, without, present)
    if found.sure and found.gains:
        return found
    over = _over_target_ms(rounds, query, without, present)
    return None if over is None else replace(found, over_target_ms=over)


def _over_target_ms(rounds: Rounds, query: Query, without: str, present: str) -> float | None:
    """The latency at the target's percentile without it, where the target is met only with it.

    Too few rounds may have the values that need it for their means to tell; targets are of percentiles.
    """
    before, after = (
        latency(rounds.executions(label, query.name), query.target.percentile) for label in (without, present)
    )
    if before is None or after is None or not before.at_ms > query.target.ms >= after.at_ms:
        return None
    return before.at_ms
