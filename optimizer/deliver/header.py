"""The head of a delivered DDL file: what it is, and what it was measured on."""

from __future__ import annotations

from optimizer.model.result import BASELINE, GIVEN, WINNER, EngineResult, RunResult
from optimizer.report.words import figure

_INDICATIVE = "all figures are indicative: they rank designs, and tell nothing of a server of yours"


def header(result: RunResult, engine: EngineResult, comment: str = "--") -> str:
    """Comment lines (beginning with `comment`), with an empty line at the end."""
    designs = engine.designs
    met = sum(query.meets.get(WINNER) is True for query in engine.queries)
    sure = (
        "the search proved its best set among all subsets; this is what won the finals, pruned"
        if engine.search.exact
        else "not proved best: it is the best that was found, pruned"
    )
    carriers = "Each structure and each index" if engine.winner.structures else "Each index"
    lines = (
        f"{result.workload}: the winning design of run {result.run}, "
        f"seed {result.seed}, scale {result.scale:g}",
        f"measured on {engine.server} ({engine.provider}), {engine.load_rows:,} rows",
        *([_INDICATIVE] if engine.indicative else []),
        f"{met} of {len(engine.queries)} statements surely meet their target; {sure}",
        f"score {figure(engine.winner.score, 4)}; baseline {figure(designs[BASELINE].score, 4)}, "
        f"given {figure(designs[GIVEN].score, 4)} (lower is better)",
        f"{carriers} below carries its reason: the mean latency of a statement without it and with it.",
    )
    return "".join(f"{comment} {line}\n" for line in lines) + "\n"
