"""Tables that are cut into chunks of time, a length of chunks each; and, rarely, by a hash besides."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.hypertables.timelines import NotCut, Timeline
from optimizer.design.moves.offer import LeftOut, Offer, left_out
from optimizer.model.hypertables import Hypertable
from optimizer.model.schema import Table


def hypertables(evidence: HypertableEvidence) -> Iterator[Offer | LeftOut]:
    """A hypertable for each length of chunks that suits a table, the most promising first."""
    for one in evidence.timelines.values():
        if isinstance(one, NotCut):
            yield left_out(
                f"{one.table.name} as a hypertable by {one.column.name}", one.reason, one.use.gains
            )
            continue
        for chunk_s in one.chunks_s:
            yield offered(evidence, one, Hypertable(one.table.name, one.column.name, chunk_s))


def offered(evidence: HypertableEvidence, one: Timeline, structure: Hypertable, note: str = "") -> Offer:
    """The structure with those who gain and those who pay."""
    count = max(1, round(one.rate.span_s / structure.chunk_s))
    each = f"about {count:,} chunks of {round(one.rate.rows / count):,} rows"
    notes = (note, each, _retention(evidence, one.table))
    return Offer(structure, one.use.gains, one.use.costs, "; ".join(text for text in notes if text))


def _retention(evidence: HypertableEvidence, table: Table) -> str:
    kept = {evidence.schema.find(name): seconds for name, seconds in evidence.workload.retention}
    seconds = kept.get(table)
    return f"rows older than {seconds / 86_400:g} days go with their chunk" if seconds else ""
