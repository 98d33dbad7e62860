"""Old chunks stored by columns: less to read for what looks at many rows and few columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from optimizer.design.hypertables.evidence import HypertableEvidence
from optimizer.design.hypertables.late_changes import AnyAge, reach
from optimizer.design.hypertables.moves.hypertable import offered
from optimizer.design.hypertables.series import Series, most_asked
from optimizer.design.hypertables.timelines import Timeline
from optimizer.design.moves.offer import LeftOut, Offer, left_out
from optimizer.model.hypertables import Columnstore, Hypertable, span

MOST_LENGTHS = 2
"""Lengths of chunks that are tried with columns, too."""

LEAST_OLD_CHUNKS = 2
"""Chunks that are old enough: with fewer of them nothing is measured but the rows of the new ones."""

LEAST_EACH, GOOD_EACH = 10, 100
"""Rows of a value in a chunk: below the first, rows aren't put together by the column; lengths of chunks that
give as many as the second are tried before others. A batch has up to 1,000 rows of one value.

https://docs.timescale.com/use-timescale/latest/hypercore/secondary-indexes/
"""


def columnstores(evidence: HypertableEvidence) -> Iterator[Offer | LeftOut]:
    """Columns for old chunks, for the most promising lengths of chunks of each table."""
    for one in evidence.timelines.values():
        if isinstance(one, Timeline):
            yield from _of_table(evidence, one)


def _of_table(evidence: HypertableEvidence, one: Timeline) -> Iterator[Offer | LeftOut]:
    subject = f"old chunks of {one.table.name} by columns"
    try:
        hot_s = reach(evidence, one.table, one.column.name).total_seconds()
    except AnyAge as unlimited:
        yield left_out(subject, str(unlimited), one.use.gains)
        return
    if one.table.row_security:
        yield left_out(subject, "the columnstore has no row-level security", one.use.gains)
        return
    after = {chunk_s: max(1, ceil(hot_s / chunk_s)) * chunk_s for chunk_s in one.chunks_s}
    old = [s for s in one.chunks_s if (one.rate.span_s - after[s]) // s >= LEAST_OLD_CHUNKS]
    if not old:
        reason = f"no step leaves {LEAST_OLD_CHUNKS} chunks behind the rows that are still written"
        yield left_out(subject, reason, one.use.gains)
    series = most_asked(evidence, one)
    preferred = sorted(old, key=lambda s: series is not None and series.rows_each(one, s) < GOOD_EACH)
    for chunk_s in preferred[:MOST_LENGTHS]:
        yield _offer(evidence, one, series, chunk_s, after[chunk_s])


def _offer(
    evidence: HypertableEvidence, one: Timeline, series: Series | None, chunk_s: int, after_s: int
) -> Offer:
    time = (one.column.name, True)
    store, note = Columnstore((), (time,), after_s), f"the newest {span(after_s)} stay rows"
    if series is not None:
        name, each = series.column.name, series.rows_each(one, chunk_s)
        note = f"{note}; about {each:,.0f} rows of each {name} in a chunk"
        if each < LEAST_EACH:
            store = replace(store, order_by=((name, False), time))
        else:
            store = replace(store, segment_by=(name,))
    structure = Hypertable(one.table.name, one.column.name, chunk_s, columnstore=store)
    return offered(evidence, one, structure, note)
