"""A table spread over partitions, by time, by owner, or by a few values."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.design.moves.offer import LeftOut, Offer
from optimizer.design.tables.evidence import TableEvidence
from optimizer.design.tables.moves.partitioning.by_owner import by_owner
from optimizer.design.tables.moves.partitioning.by_time import by_time
from optimizer.design.tables.moves.partitioning.by_value import by_value


def partitioned(evidence: TableEvidence) -> Iterator[Offer | LeftOut]:
    """See by_time, by_owner and by_value; a table may be offered by several of them."""
    yield from by_time(evidence)
    yield from by_owner(evidence)
    yield from by_value(evidence)
