"""What the file left out, and what was taken instead: a line each, for the run to print. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.model.workload import Workload
from optimizer.workload.sections import WorkloadSection
from optimizer.workload.units import spell_duration, spell_size


def defaults(file: WorkloadSection, workload: Workload, given: frozenset[str]) -> Iterator[str]:
    """A line for each default; `given` are the keys that the command line set."""
    if file.name is None:
        yield f"name: {workload.name} (the file's name)"
    if file.engines is None and "engines" not in given:
        yield f"engines: {', '.join(workload.engines)}"
    if file.seed is None and "seed" not in given:
        yield f"seed: {workload.seed}"
    if file.scale is None and "scale" not in given:
        yield f"scale: {workload.scale:g}"
    yield from _of_queries(file, workload)
    yield from _of_servers(file, workload)
    yield from _of_search(file, workload, given)


def _of_queries(file: WorkloadSection, workload: Workload) -> Iterator[str]:
    if file.target is None:
        without = [query.name for query in file.queries if query.target is None]
        target = next(q.target for q in workload.queries if q.name == without[0]) if without else None
        if target:
            yield f"target: {target} for {_listed(without, file)}"
    unweighted = [query.name for query in file.queries if query.weight is None]
    if unweighted:
        yield f"weight: 1 for {_listed(unweighted, file)}"


def _listed(names: list[str], file: WorkloadSection) -> str:
    return "every query" if len(names) == len(file.queries) else ", ".join(names)


def _of_servers(file: WorkloadSection, workload: Workload) -> Iterator[str]:
    if file.load.clients is None:
        yield f"load.clients: {workload.load.clients}"
    if file.load.rate is None:
        yield "load.rate: none (closed loop only)"
    if file.server.memory is None:
        yield f"server.memory: {spell_size(workload.memory_bytes)}"


def _of_search(file: WorkloadSection, workload: Workload, given: frozenset[str]) -> Iterator[str]:
    if file.search.time is None and "seconds" not in given:
        yield f"search.time: {spell_duration(workload.budget.seconds)}"
    if file.search.trials is None and "trials" not in given:
        yield f"search.trials: {workload.budget.trials}"
