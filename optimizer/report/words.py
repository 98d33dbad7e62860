"""Figures as people read them, and the sentences that terminal, report and DDL share."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.model.measurement import Latency
from optimizer.model.result import (
    WINNER,
    ComparedEngine,
    DesignResult,
    Effect,
    EngineResult,
    IndexResult,
    Packed,
    QueryResult,
    StructureResult,
)


def figure(value: float, digits: int = 3) -> str:
    """So many significant digits, whole numbers in full; never a power of ten."""
    return f"{value:.{digits}g}" if abs(value) < 10**digits - 0.5 else f"{value:.0f}"


def milliseconds(value: float | None) -> str:
    """Three significant digits, with the unit; a dash where nothing was measured."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{figure(value / 1000)} s"
    return f"{figure(value)} ms"


def count(number: int, noun: str) -> str:
    """`1 index`, `2 indexes`."""
    plural = noun if number == 1 else f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{number:,} {plural}"


def made_of(design: DesignResult) -> str:
    """`2 structures and 6 indexes`; without structures the indexes alone."""
    structures = f"{count(len(design.structures), 'structure')} and " if design.structures else ""
    return f"{structures}{count(len(design.indexes), 'index')}"


def size(count: int | None) -> str:
    """Bytes in powers of 1024."""
    if count is None:
        return "-"
    amount = float(count)
    for unit in ("B", "KiB", "MiB"):
        if abs(amount) < 1024:
            return f"{figure(amount)} {unit}"
        amount /= 1024
    return f"{figure(amount, 4)} GiB"


def at_target(latency: Latency | None) -> str:
    """The latency at its own percentile; `> x` where executions were stopped before they ended."""
    if latency is None:
        return "failed"
    stopped = latency.censored and latency.at_ms >= latency.p50_ms
    return f"{'> ' if stopped else ''}{milliseconds(latency.at_ms)}"


def verdict(query: QueryResult, label: str = WINNER) -> str:
    """Whether a design met the query's target."""
    return {True: "met", False: "missed", None: "undecided"}[query.meets.get(label)]


def effect(one: Effect) -> str:
    """`order_history: 410 ms → 1.9 ms (216 times faster)`."""
    if one.impossible:
        return f"{one.query}: can't be run without it; {milliseconds(one.with_ms)} with it"
    least = "more than " if one.stopped else ""
    text = f"{one.query}: {least}{milliseconds(one.without_ms)} → {milliseconds(one.with_ms)}"
    ratio = one.without_ms / one.with_ms if one.with_ms else 0.0
    faster = f" ({least}{figure(ratio)} times faster)" if one.sure and ratio >= 1.1 else ""
    joint = ", together with other indexes" if one.joint else ""
    over = one.over_target_ms
    missed = f", and over its target without it: {milliseconds(over)}" if over is not None else ""
    return f"{text}{faster}{joint}{missed}"


def cost(one: Effect) -> str:
    """`costs place_order: 0.5 ms → 0.52 ms (+4.0 %)`; that it is faster; that nothing could be measured."""
    figures = f"{milliseconds(one.without_ms)} → {milliseconds(one.with_ms)}"
    if not one.sure:
        return f"costs {one.query} nothing that could be measured: {figures}"
    change = (one.with_ms / one.without_ms - 1) * 100 if one.without_ms else 0.0
    if change < 0:
        return f"costs {one.query} nothing: {figures} ({-change:.1f} % faster)"
    return f"costs {one.query}: {figures} ({change:+.1f} %)"


def reasons(index: IndexResult) -> tuple[str, ...]:
    """The lines that stand as comments above an index."""
    return (
        *(effect(one) for one in index.because),
        *(cost(one) for one in index.costs),
        *((f"size {size(index.bytes)}",) if index.bytes is not None else ()),
    )


def server(engine: EngineResult | ComparedEngine) -> str:
    """Its name and version; and that its figures are indicative, where they are."""
    return f"{engine.server}, indicative" if engine.indicative else engine.server


def head_of(first: str, engine: EngineResult) -> str:
    """The head of a table's first column, which says what the table's figures are worth."""
    return f"{first} (indicative)" if engine.indicative else first


def structure_reasons(structure: StructureResult) -> tuple[str, ...]:
    """The lines that stand as comments above a structure: against the design that lacks it alone."""
    refresh = structure.refresh_seconds
    told = (*(effect(one) for one in structure.because), *(cost(one) for one in structure.costs))
    return (
        *(told or ("no statement by itself tells its gain: it was measured over the whole mix",)),
        *((f"a refresh takes {milliseconds(refresh * 1000)}",) if refresh is not None else ()),
        *((_by_columns(structure.packed),) if structure.packed is not None else ()),
    )


def _by_columns(packed: Packed) -> str:
    times = f" ({figure(packed.by_rows / packed.by_columns)} times less)" if packed.by_columns else ""
    return f"old chunks: {size(packed.by_rows)} by rows → {size(packed.by_columns)} by columns{times}"


def given_up(engine: EngineResult) -> tuple[str, ...]:
    """A line that names the constraints that the winner's structures don't keep; none where they keep all."""
    names = ", ".join(engine.relaxed)
    return (f"Given up for these structures, as `relax` allows: {names}",) if names else ()


def gain(engine: EngineResult, query: QueryResult, reference: str) -> str:
    """How many times the winner is faster than `reference` for a query, at the target's percentile."""
    before, after = query.latencies.get(reference), query.latencies.get(WINNER)
    if before is None or after is None or not after.at_ms:
        return "-"
    return f"{figure(before.at_ms / after.at_ms)}x"


def labels(engine: EngineResult) -> Sequence[str]:
    """The designs of the result's tables, the winner last."""
    return (*(label for label in engine.designs if label != WINNER), WINNER)
