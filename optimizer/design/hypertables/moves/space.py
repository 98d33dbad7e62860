"""Chunks that are cut by a hash besides, where most reads ask for one of very many values.

TimescaleDB's own advice is against it; it is measured where it may pay, after everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.hypertables.integrity import moving
from optimizer.design.hypertables.moves.hypertable import offered
from optimizer.design.hypertables.series import Series, most_asked
from optimizer.design.hypertables.timelines import Timeline
from optimizer.design.moves.offer import LeftOut, Offer, left_out, share
from optimizer.model.hypertables import Hypertable

PARTS = 4
LEAST_VALUES = 400
"""Values of the column: a hundred for each part, so that parts come out about equally large."""

LEAST_SHARE = 0.5
"""The share of the mix that names a value; every other read looks into all parts."""

LEAST_QUERIES = 2


def spaces(evidence: HypertableEvidence) -> Iterator[Offer | LeftOut]:
    """At most one, with the most promising length of chunks."""
    for one in evidence.timelines.values():
        if isinstance(one, Timeline):
            series = most_asked(evidence, one)
            if series is not None and _pays(one, series):
                space = (series.column.name, PARTS)
                structure = Hypertable(one.table.name, one.column.name, one.chunks_s[0], space)
                yield _offer(evidence, one, series, structure)
                return


def _offer(
    evidence: HypertableEvidence, one: Timeline, series: Series, structure: Hypertable
) -> Offer | LeftOut:
    reason = next(moving(evidence, one.table, series.column), "")
    if reason:
        return left_out(structure.definition, reason, series.by_value)
    return offered(evidence, one, structure, f"{series.values:,} values of {series.column.name}")


def _pays(one: Timeline, series: Series) -> bool:
    """All keys must hold the column too."""
    named = {use.query.name for use in series.by_value}
    held = all(series.column.name in key.columns for key in one.table.keys)
    hot = share(series.by_value) >= LEAST_SHARE and len(named) >= LEAST_QUERIES
    return held and hot and series.values >= LEAST_VALUES
