"""The engines side by side, for people: the lines that report and terminal share."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.model.result import ComparedEngine, ComparedQuery, ComparisonResult
from optimizer.report import words
from optimizer.report.tables import table


def verdict(comparison: ComparisonResult) -> str:
    """Who wins the mix, or why nobody does."""
    if comparison.winner is None:
        return f"No engine wins: {comparison.reason}."
    return f"{comparison.winner} wins the mix: {comparison.reason}."


def where_better(comparison: ComparisonResult) -> tuple[str, ...]:
    """A line for each engine that is ranked: the statements on which it is measurably faster."""
    lines = []
    for engine in _ranked(comparison):
        names = [query.query.name for query in comparison.queries if query.better == engine.engine]
        lines.append(f"{engine.engine} is faster on {', '.join(names) if names else 'none'}")
    tied = [query.query.name for query in comparison.queries if query.better is None]
    return (*lines, *([f"no telling apart: {', '.join(tied)}"] if tied and lines else []))


def _ranked(comparison: ComparisonResult) -> list[ComparedEngine]:
    """The engines that are told apart; none where there is but one."""
    ranked = [engine for engine in comparison.engines if not engine.indicative]
    return ranked if len(ranked) > 1 else []


def statements(comparison: ComparisonResult) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table of statements, latencies at the target's percentile."""
    engines, ranked = comparison.engines, bool(_ranked(comparison))
    heads = [f"{engine.engine} (indicative)" if engine.indicative else engine.engine for engine in engines]
    head = ["statement", "share", "target", *heads, *(["faster on"] if ranked else [])]
    return head, [_statement(query, [one.engine for one in engines], ranked) for query in comparison.queries]


def costs(comparison: ComparisonResult) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the table of everything but single statements."""
    engines = comparison.engines
    head = ["", *map(words.server, engines)]
    rows = [
        ["score (lower is better)", *(words.figure(engine.score, 4) for engine in engines)],
        ["traffic over target", *(f"{engine.missed_share:.1%}" for engine in engines)],
        ["weighted latency", *(words.milliseconds(engine.latency_ms) for engine in engines)],
        ["of it the driver's floor", *(words.milliseconds(engine.driver_floor_ms) for engine in engines)],
        ["a write of the mix", *(words.milliseconds(engine.write_ms) for engine in engines)],
        ["queries/s, concurrent clients", *(_per_second(engine) for engine in engines)],
        ["bytes, data and indexes", *(words.size(engine.bytes) for engine in engines)],
        ["load", *(f"{engine.load_seconds:.1f} s" for engine in engines)],
    ]
    return head, rows


def measured(comparison: ComparisonResult) -> str:
    """Which figures are of the same rounds."""
    reference, *others = (engine.engine for engine in comparison.engines)
    if len(others) < 2:
        return f"All in the same {comparison.rounds} interleaved rounds, with the same values."
    return (
        f"Each other engine was measured beside {reference} with the same values, in {comparison.rounds} "
        f"interleaved rounds or more of its own; {reference}'s figures are those beside {comparison.beside}."
    )


def comparison_section(comparison: ComparisonResult) -> list[str]:
    """The comparison's part of report.md."""
    better = [f"- {line}" for line in where_better(comparison)]
    lines = ["## Side by side", "", verdict(comparison), *(["", *better] if better else [])]
    lines += ["", *table(*statements(comparison)), "", *table(*costs(comparison))]
    lines += ["", measured(comparison)]
    for engine in comparison.engines:
        if engine.gives_up:
            lines += ["", f"What {engine.engine} gives up:", "", *(f"- {line}" for line in engine.gives_up)]
    mismatched = [str(mismatch) for mismatch in comparison.mismatched]
    return [*lines, *_listed("Different answers", mismatched), *_not_comparable(comparison)]


def _not_comparable(comparison: ComparisonResult) -> list[str]:
    return _listed("Not comparable between the engines", comparison.not_comparable)


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"{title}:", "", *(f"- {line}" for line in lines)] if lines else []


def _statement(query: ComparedQuery, names: Sequence[str], ranked: bool) -> list[str]:
    latencies = [words.at_target(query.latencies.get(name)) for name in names]
    share, target = f"{query.query.share:.1%}", str(query.query.target)
    return [query.query.name, share, target, *latencies, *([query.better or "either"] if ranked else [])]


def _per_second(engine: ComparedEngine) -> str:
    return "-" if engine.per_second is None else f"{engine.per_second:.0f}"
