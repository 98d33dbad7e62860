"""report.md: what won, why, by how much, what it costs, what was tried."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.model.result import BASELINE, GIVEN, WINNER, ConcurrentResult, EngineResult, RunResult
from optimizer.report import words
from optimizer.report.comparison import comparison_section
from optimizer.report.tables import table


def to_markdown(result: RunResult) -> str:
    """The report of a run."""
    parts = [f"# {result.workload}: measured on {', '.join(e.server for e in result.engines.values())}", ""]
    parts.append(
        f"Run {result.run}, seed {result.seed}, scale {result.scale:g}, {result.seconds:.0f} s in all. "
        f"{result.environment.get('cpu')}, {result.environment.get('cores')} cores."
    )
    if result.comparison is not None:
        parts += ["", *comparison_section(result.comparison)]
    for engine in result.engines.values():
        parts += ["", *_engine(engine)]
    return "\n".join(parts).rstrip() + "\n"


def _engine(engine: EngineResult) -> list[str]:
    return [
        f"## {words.server(engine)} ({engine.provider})",
        "",
        *_verdict(engine),
        "",
        "### Statements",
        "",
        *_statements(engine),
        "",
        *_structures(engine),
        *_rewritten(engine),
        "### The winning indexes",
        "",
        *_winning(engine),
        "",
        "### Designs",
        "",
        *_designs(engine),
        *_concurrent(engine),
        "",
        "### How it was found",
        "",
        *_search(engine),
        "",
        "### Is it right?",
        "",
        *_equivalence(engine),
        *_section("Notes", engine.notes),
    ]


def _verdict(engine: EngineResult) -> list[str]:
    winner = engine.winner
    met = sum(query.meets.get(WINNER) is True for query in engine.queries)
    lines = [
        f"The winner has {words.made_of(winner)}, "
        f"takes {words.size(winner.bytes)} with its data, "
        f"and meets {met} of {len(engine.queries)} targets; its score is {words.figure(winner.score, 4)} "
        f"(baseline {words.figure(engine.designs[BASELINE].score, 4)}, "
        f"given {words.figure(engine.designs[GIVEN].score, 4)}; "
        "lower is better)."
    ]
    if engine.indicative:
        lines.append(
            "All figures are indicative: this server isn't the one that you would deploy. They rank designs, "
            "and tell nothing of how fast a server of yours would be."
        )
    if engine.tied_with:
        lines.append(
            f"It can't be told apart from {', '.join(engine.tied_with)}, and is the simplest of them."
        )
    return lines


def _statements(engine: EngineResult) -> list[str]:
    labels = words.labels(engine)
    rows = [
        [
            query.query.name,
            f"{query.query.share:.1%}",
            str(query.query.target),
            *(words.at_target(query.latencies.get(label)) for label in labels),
            words.gain(engine, query, BASELINE),
            words.verdict(query),
        ]
        for query in engine.queries
    ]
    head = [words.head_of("statement", engine), "share", "target", *labels, "over baseline", "target is"]
    floor = words.milliseconds(engine.driver_floor_ms)
    return [
        *table(head, rows),
        "",
        "Latencies are the client's, at the target's percentile, in "
        f"{engine.rounds} interleaved rounds; an empty statement takes {floor}. `> x` was stopped at x.",
    ]


def _structures(engine: EngineResult) -> list[str]:
    if not engine.winner.structures:
        return []
    lines = ["### The winning structures", "", "Each against the design that lacks it alone.", ""]
    for structure in engine.winner.structures:
        lines += [f"- {structure.structure.definition}"]
        lines += [f"  - {line}" for line in words.structure_reasons(structure)]
    for line in words.given_up(engine):
        lines += ["", f"{line}."]
    return [*lines, ""]


def _rewritten(engine: EngineResult) -> list[str]:
    if not engine.rewritten:
        return []
    lines = ["### Statements in other words", "", "Your application sends these to this server:", ""]
    for name, statements in engine.rewritten.items():
        lines += [f"`{name}`", "", "```sql", *(f"{statement};" for statement in statements), "```", ""]
    return lines


def _winning(engine: EngineResult) -> list[str]:
    lines = [] if engine.winner.indexes else ["None: no index made a measurable difference."]
    for index in engine.winner.indexes:
        lines += [f"- `{index.definition}`", *(f"  - {line}" for line in words.reasons(index))]
    if engine.pruned:
        lines += ["", "Taken away at the end, because it made no measurable difference:", ""]
        lines += [f"- `{definition}`" for definition in engine.pruned]
    return lines


def _designs(engine: EngineResult) -> list[str]:
    rows = [
        [
            label,
            str(len(design.structures)),
            str(len(design.indexes)),
            words.size(design.bytes),
            words.figure(design.score, 5),
            f"{design.missed_share:.1%}",
            words.milliseconds(design.latency_ms),
            "; ".join(design.breaks) or "none",
        ]
        for label in words.labels(engine)
        for design in (engine.designs[label],)
    ]
    head = [
        words.head_of("design", engine),
        "structures",
        "indexes",
        "bytes",
        "score",
        "traffic over target",
        "weighted latency",
        "limits broken",
    ]
    return table(head, rows)


def _concurrent(engine: EngineResult) -> list[str]:
    runs = [(label, run) for label in words.labels(engine) for run in engine.designs[label].concurrent]
    if not runs:
        return []
    rows = [[label, _loop(run), f"{run.per_second:.0f}", *_tail(run)] for label, run in runs]
    head = [words.head_of("design", engine), "loop", "queries/s", "slowest statement", "its p95"]
    return ["", "### Concurrent clients, writes committed", "", *table(head, rows)]


def _loop(run: ConcurrentResult) -> str:
    loop = f"open, {run.rate_per_s:g}/s" if run.rate_per_s else "closed"
    return f"{loop}, {run.clients} clients"


def _tail(run: ConcurrentResult) -> tuple[str, str]:
    known = [(latency.p95_ms, name) for name, latency in run.latencies.items() if latency is not None]
    if not known:
        return ("-", "-")
    slowest, name = max(known)
    return (name, words.milliseconds(slowest))


def _search(engine: EngineResult) -> list[str]:
    search = engine.search
    proof = (
        "proved best among all subsets of the candidates, with the latencies measured in the search"
        if search.exact
        else "the best found; not proved best"
    )
    layouts = f" in the best of {search.structures} layouts" if search.structures > 1 else ""
    lines = [
        f"- {words.count(search.candidates, 'candidate index')}{layouts}; building all of them took "
        f"{search.build_seconds:.1f} s; "
        f"{search.designs:,} designs accounted for by {search.explains:,} EXPLAINs and "
        f"{search.measured_plans} measured plans of {search.distinct_plans} distinct ones.",
        f"- The best index set of the search is {proof}. "
        f"The choice of indexes ended: {search.stopped_by}. The whole search took {search.seconds:.1f} s.",
        f"- {search.verified[0]:,} plans of the finalists were checked with real EXPLAINs, "
        f"{search.verified[1]:,} were wrong at first and were corrected.",
        f"- {search.trials} trials are in study.journal, a row each in trials.parquet.",
        *(f"- {note}" for note in search.notes),
    ]
    if search.left_out:
        lines += ["", "Left out:", "", *(f"- {what}: {reason}" for what, reason in search.left_out)]
    return lines


def _equivalence(engine: EngineResult) -> list[str]:
    found = engine.equivalence
    lines = [
        f"- {found.compared} answers were compared with those of the baseline on PostgreSQL, "
        f"{len(found.mismatched)} differed.",
        *(f"- differs: {line}" for line in found.mismatched),
        *(f"- not comparable: {line}" for line in found.not_comparable),
    ]
    for one in engine.unstable:
        lines.append(
            f"- unstable: the plan of {one.query} changed under {one.changed} of {one.samples} other ANALYZE "
            f"samples: {words.milliseconds(one.usual_ms)} becomes {words.milliseconds(one.other_ms)}."
        )
    return lines


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return ["", f"### {title}", "", *(f"- {line}" for line in lines)] if lines else []
